"""Every command's arguments: one parser, and the options that several commands share."""
