"""Guided modes of a planar stack from its transfer matrix: zeros on a box by rational approximation, then Newton."""

from itertools import pairwise

import numpy as np
from scipy.interpolate import AAA


def characteristic(N, indices, thicknesses, wavelength, polarization):
    """Vanishes at bound modes; psi' continuous (TE) or psi'/n^2 (TM); even in every inner wavenumber."""
    k0 = 2 * np.pi / wavelength
    weight = [1.0 if polarization == "TE" else n**2 for n in indices]

    def decay(n):
        g = np.sqrt(N**2 - n**2 + 0j)
        return np.where(g.real < 0, -g, g)

    psi, phi = np.ones_like(N), decay(indices[0]) / weight[0]
    for n, d, w in zip(indices[1:-1], thicknesses, weight[1:-1], strict=True):
        kappa = np.sqrt(n**2 - N**2 + 0j)
        x = kappa * k0 * d
        psi, phi = np.cos(x) * psi + np.sin(x) / kappa * w * phi, -kappa * np.sin(x) / w * psi + np.cos(x) * phi
    return phi + decay(indices[-1]) / weight[-1] * psi


def guided_modes(indices, thicknesses, wavelength, polarization, *, low=None, high=None, top=0.4, bottom=-1e-9):
    """Complex effective indices by falling real part, bound modes with Re N between `low` and `high`.

    Args:
        low: default the largest index of the lossless half-spaces.
        high: default 1.3 times the largest real index.
        top: largest imaginary part.
        bottom: least imaginary part; waves of backward energy are below 0.
    """
    n = [complex(index) for index in indices]
    ends = [end.real for end in (n[0], n[-1]) if end.imag == 0]
    low = max([0.05, *ends]) + 1e-4 if low is None else low
    high = 1.3 * max(index.real for index in n) if high is None else high

    def f(N):
        return characteristic(np.asarray(N, complex), n, thicknesses, wavelength, polarization)

    found = []
    for start in _candidates(f, low, high, top, bottom):
        N = start
        for _ in range(40):
            h = 1e-6
            step = f(N) / ((f(N + h) - f(N - h)) / (2 * h))
            N = N - step
            if abs(step) < 1e-15:
                break
        inside = low <= N.real <= high and bottom <= N.imag <= top
        if inside and abs(N - start) < 1e-3 and all(abs(N - other) > 1e-8 for other in found):
            found.append(complex(N))
    return sorted(found, key=lambda N: -N.real)


def _candidates(f, low, high, top, bottom):
    """Zeros of rational approximations on small boxes, over which f spans few decades."""
    edges = np.linspace(low, high, 2 + int((high - low) / 0.15))
    for a, b in pairwise(edges):
        x = a - 0.02 + (b - a + 0.04) * (1 - np.cos(np.linspace(0, np.pi, 30))) / 2
        x = np.maximum(x, low)
        for height in {0.03, top}:
            grid = np.unique((x[:, None] + 1j * np.linspace(bottom - 0.01, height, 12)).ravel())
            yield from AAA(grid, f(grid)).roots()
