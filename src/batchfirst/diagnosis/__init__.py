"""From observations to findings. Pure: no torch, no input or output."""
