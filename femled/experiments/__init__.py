"""What a person does with a device; each experiment returns a `Result`."""
