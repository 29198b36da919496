"""An answer shown in a cell as it streams in, as safe HTML."""
