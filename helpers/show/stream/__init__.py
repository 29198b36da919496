"""An answer shown in a cell while it comes, as safe HTML."""
