"""The data that flows through batchfirst: frozen dataclasses, standard library only."""
