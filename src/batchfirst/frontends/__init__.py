"""The decorator, the wrappers, watch, pytest, the command line: translate and delegate."""
