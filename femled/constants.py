"""Physical constants (2019 SI, exact where the SI fixes them)."""

from typing import Final

ELEMENTARY_CHARGE: Final = 1.602176634e-19
"""[C]"""

BOLTZMANN: Final = 1.380649e-23
"""[J/K]"""

PLANCK: Final = 6.62607015e-34
"""[J s]"""

SPEED_OF_LIGHT: Final = 299792458.0
"""[m/s]"""

VACUUM_PERMITTIVITY: Final = 8.8541878188e-12
"""[F/m] (CODATA 2022)"""

STEFAN_BOLTZMANN: Final = 5.670374419e-8
"""[W/m2/K4]"""

ELECTRON_MASS: Final = 9.1093837139e-31
"""[kg] (CODATA 2022)"""
