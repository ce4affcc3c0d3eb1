"""What can be known of a Django project before anything is measured: where it is, what it says of itself, its URLs."""
