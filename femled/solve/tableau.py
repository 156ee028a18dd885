"""One implicit Runge-Kutta method for rates from femtoseconds to hours: L-stable, one weight on its diagonal."""

import numpy as np

STAGES = np.array(
    [
        [1 / 4, 0, 0, 0, 0],
        [1 / 2, 1 / 4, 0, 0, 0],
        [17 / 50, -1 / 25, 1 / 4, 0, 0],
        [371 / 1360, -137 / 2720, 15 / 544, 1 / 4, 0],
        [25 / 24, -49 / 48, 125 / 16, -85 / 12, 1 / 4],
    ]
)
"""Of order 4; the last stage is the new value (hairer1996, table IV.6.5)."""
PLACES = STAGES.sum(axis=1)
"""Times of the stages, as shares of the step."""
DOUBT = STAGES[-1] - np.array([59 / 48, -17 / 96, 225 / 32, -85 / 12, 0])
"""Weights of what is between the new value and that of order 3 (hairer1996, table IV.6.5)."""
