"""`python -m batchfirst` is the `batchfirst` program."""

from batchfirst.frontends.cli import main

if __name__ == "__main__":
    main()
