"""Independent references for the solvers: written from the equations alone, importing nothing of femled."""
