"""SciPy's side of the model-trading benchmark: an MU's best response by a general-purpose solver (SLSQP).

Reads one JSON object, {"games": [...]}: of each MU the lists I, p, a, b, h (an MSP each) and the numbers cf, cB, cpu and
radio. Answers with SciPy's version and, for each, seconds, utility and whether the solver succeeded.
"""

import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import minimize


def solve(game):
    value, price, a, b, h = (np.array(game[key]) for key in ("I", "p", "a", "b", "h"))
    cf, cB, cpu, radio = (game[key] for key in ("cf", "cB", "cpu", "radio"))
    n = len(h)
    paid = price * value

    def loss(x):
        f, B = x[:n], x[n:]
        return -(paid @ (h - a / f - b / B) - cf * f.sum() - cB * B.sum())

    def gradient(x):
        f, B = x[:n], x[n:]
        return np.concatenate([cf - paid * a / f**2, cB - paid * b / B**2])

    budgets = np.zeros((2, 2 * n))
    budgets[0, :n] = -1
    budgets[1, n:] = -1
    constraints = [
        {"type": "ineq", "fun": lambda x: np.array([cpu, radio]) + budgets @ x, "jac": lambda x: budgets},
        {
            "type": "ineq",
            "fun": lambda x: h - a / x[:n] - b / x[n:],
            "jac": lambda x: np.hstack([np.diag(a / x[:n] ** 2), np.diag(b / x[n:] ** 2)]),
        },
    ]
    start = np.concatenate([np.full(n, 0.9 * cpu / n), np.full(n, 0.9 * radio / n)])
    bounds = [(1e-6, cpu)] * n + [(1e-6, radio)] * n
    began = time.perf_counter()
    found = minimize(
        loss, start, jac=gradient, bounds=bounds, constraints=constraints, method="SLSQP", options={"ftol": 1e-12, "maxiter": 500}
    )
    return {"seconds": time.perf_counter() - began, "utility": -found.fun, "success": bool(found.success)}


answers = [solve(game) for game in json.load(sys.stdin)["games"]]
print(json.dumps({"version": f"SciPy {scipy.__version__}", "answers": answers}))
