"""The worked example: an LSTM forecaster that uses the public face only."""
