"""Programs of our own that checks run apart, so that time, memory and a crash stay theirs; none imports the product."""
