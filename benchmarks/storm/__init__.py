"""The parts of `make chaos`: a plan of harm, those who do it, a newsroom to suffer it, the comparison at the end."""
