"""What a batch came to, written for programs and for people. Pure: outcomes in, files out."""
