"""What recurrent modules and their neighbours read and return, as data. No torch."""
