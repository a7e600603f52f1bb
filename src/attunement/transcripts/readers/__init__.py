"""One module a format: each reads a file and yields its sessions as the file tells them."""
