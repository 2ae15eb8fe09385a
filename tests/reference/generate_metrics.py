#!/usr/bin/env python3
"""Writes metrics.json: what scikit-learn, SciPy and NumPy compute for the metrics of predictions.

Each case maps names to tensors: the inputs and the results. Where scikit-learn or SciPy has a
metric, its value is stored. The other metrics are computed here from their definition, in a way of
their own: the CRPS by numerical integration, quantiles by root finding, the mean over the orders of
equal confidences by trying all orders.

usage: generate_metrics.py [FILE]      needs NumPy, SciPy and scikit-learn; the committed file was
                                       written with 1.24, 1.10 and 1.2
"""

import itertools
import json
import math
import pathlib
import sys

import numpy as np
from scipy import integrate, optimize, special, stats
from sklearn import metrics

random = np.random.default_rng(2024)
cases = {}


def rounded(x):
    """The numbers as they stand in the file."""
    return np.vectorize(lambda value: float(f"{value:.12g}"))(np.asarray(x, float))


def log_probabilities(*shape, scale=2.0):
    return rounded(special.log_softmax(scale * random.standard_normal(shape), axis=-1))


def drawn_labels(log_p):
    """Labels of classes drawn from softened probabilities, so that some predictions are wrong."""
    p = special.softmax(log_p / 1.5, axis=-1)
    return np.array([random.choice(len(row), p=row) for row in p])


def binned(p, hits, ends):
    """Counts, mean probabilities and shares of hits in the bins (a, b] with these ends.

    torchmetrics (functional/classification/calibration_error.py) takes np.linspace(0, 1, M + 1) and
    bins [a, b). The results are the same where no probability is the end of a bin.
    """
    starts = np.concatenate([[-math.inf], ends[:-1]])
    inside = [(p > a) & (p <= b) for a, b in zip(starts, ends)]
    count = np.array([mask.sum() for mask in inside])
    mean = lambda x, mask: x[mask].mean() if mask.any() else 0.0
    return (count, np.array([mean(p, mask) for mask in inside]),
            np.array([mean(hits, mask) for mask in inside]))


def errors(p, hits, ends):
    """ECE and MCE by the loop over bins of torchmetrics' definition (norms l1 and max)."""
    count, confidence, accuracy = binned(p, hits, ends)
    gaps = np.abs(accuracy - confidence)
    return (gaps * count / count.sum()).sum(), gaps[count > 0].max()


def equal_width(bins):
    return np.linspace(0, 1, bins + 1)[1:]


def equal_mass(p, bins):
    return np.quantile(p, np.arange(1, bins + 1) / bins, method="inverted_cdf")


def classification():
    log_p = log_probabilities(90, 5)
    log_p[80:84] = log_p[3]
    log_p[84, :] = [-30, -30, math.log(0.5), math.log(0.5), -30]
    log_p = rounded(log_p)
    labels = drawn_labels(log_p)
    labels[labels == 4] = 0
    labels[84] = 3
    p, rows = np.exp(log_p), len(log_p)
    predicted = p.argmax(-1)
    confidence, right = p.max(-1), (predicted == labels).astype(float)
    for bins in (equal_width(15), equal_width(7)):
        assert np.abs(p[..., None] - bins).min() > 1e-9
    accuracy = metrics.accuracy_score(labels, predicted)
    matrix = metrics.confusion_matrix(labels, predicted, labels=range(5))
    case = {
        "log_probabilities": log_p, "labels": labels, "accuracy": accuracy,
        "standard_error": right.std() / math.sqrt(rows),
        # scikit-learn 1.2 clips at its eps, below all probabilities here.
        "nll": metrics.log_loss(labels, p, labels=range(5), eps=1e-16),
        "brier": sum(metrics.brier_score_loss(labels == c, p[:, c]) for c in range(5)),
        "confusion": matrix,
        "recall": metrics.recall_score(labels, predicted, labels=range(4), average=None)}
    for name, ends in (("width15", equal_width(15)), ("width7", equal_width(7)),
                       ("mass15", equal_mass(confidence, 15)), ("mass4", equal_mass(confidence, 4))):
        case["ece_" + name], case["mce_" + name] = errors(confidence, right, ends)
        count, mean, share = binned(confidence, right, ends)
        case["bins_" + name] = np.stack([ends, count, mean, share], axis=1)
    case["classwise_width15"] = np.mean(
        [errors(p[:, c], (labels == c) * 1.0, equal_width(15))[0] for c in range(5)])
    case["classwise_mass6"] = np.mean(
        [errors(p[:, c], (labels == c) * 1.0, equal_mass(p[:, c], 6))[0] for c in range(5)])
    cases["metrics_classification"] = case


def selective():
    confidence = rounded(random.random(50))
    losses = rounded((random.random(50) < 1 - confidence) * random.random(50))
    order = np.argsort(-confidence)
    risk = np.array([losses[order[:k]].mean() for k in range(1, 51)])
    cases["metrics_selective"] = {"confidences": confidence, "losses": losses, "risk": risk,
                                  "area": risk.mean(), "risk_at_30_percent": risk[14]}
    confidence = np.array([0.5, 0.9, 0.5, 0.9, 0.2, 0.5, 0.9])
    losses = np.array([1.0, 0, 0, 1, 1, 0, 0])
    curves = []
    for order in itertools.permutations(range(7)):
        order = sorted(order, key=lambda row: -confidence[row])  # stable
        curves.append(np.cumsum(losses[order]) / np.arange(1, 8))
    risk = np.mean(curves, axis=0)
    cases["metrics_selective_ties"] = {"confidences": confidence, "losses": losses, "risk": risk,
                                       "area": risk.mean()}


def detection():
    for name, digits in ("metrics_detection", 6), ("metrics_detection_ties", 0):
        positives = rounded((1 + 1.5 * random.standard_normal(60)).round(digits))
        negatives = rounded((1.2 * random.standard_normal(75)).round(digits))
        scores = np.concatenate([positives, negatives])
        truth = np.concatenate([np.ones(60), np.zeros(75)])
        fpr, tpr, threshold = metrics.roc_curve(truth, scores, drop_intermediate=False)
        cases[name] = {
            "positives": positives, "negatives": negatives, "false_positive_rate": fpr,
            "true_positive_rate": tpr, "threshold": threshold[1:],
            "auroc": metrics.roc_auc_score(truth, scores),
            "average_precision": metrics.average_precision_score(truth, scores),
            "fpr95": fpr[np.argmax(tpr >= 0.95)], "fpr80": fpr[np.argmax(tpr >= 0.8)]}


def sample_scores():
    log_p = log_probabilities(6, 8, 4)
    mean = special.logsumexp(log_p, axis=0) - math.log(6)
    logits = rounded(10 * random.standard_normal((8, 4)))
    cases["metrics_scores"] = {
        "samples": log_p, "mean": mean, "max_probability": np.exp(mean).max(-1),
        "entropy": stats.entropy(np.exp(mean), axis=-1),
        "mutual_information": stats.entropy(
            np.exp(log_p), np.broadcast_to(np.exp(mean), log_p.shape), axis=-1).mean(0),
        "logits": logits, "energy": -special.logsumexp(logits, axis=-1)}


def crps_by_integration(distribution, target, low, high):
    """∫ (F(x) − [x ≥ target])² dx."""
    below = integrate.quad(lambda x: distribution(x) ** 2, low, target, epsabs=1e-13, epsrel=1e-13,
                           limit=500)[0]
    above = integrate.quad(lambda x: (1 - distribution(x)) ** 2, target, high, epsabs=1e-13,
                           epsrel=1e-13, limit=500)[0]
    return below + above


def regression():
    samples, rows = 4, 9
    means = rounded(2 * random.standard_normal((samples, rows)))
    deviations = rounded(0.3 + random.random((samples, rows)))
    targets = rounded(2 * random.standard_normal(rows))
    targets[0] = 9
    case = {
        "means": means, "deviations": deviations, "targets": targets,
        "rmse": math.sqrt(metrics.mean_squared_error(targets, means[0])),
        "mae": metrics.mean_absolute_error(targets, means[0]),
        "nll": -np.mean(special.logsumexp(stats.norm.logpdf(targets, means, deviations), axis=0)
                        - math.log(samples)),
        "nll_one": -np.mean(stats.norm.logpdf(targets, means[0], deviations[0]))}
    for name, s in ("crps", samples), ("crps_one", 1):
        case[name] = np.mean([crps_by_integration(
            lambda x: stats.norm.cdf(x, means[:s, i], deviations[:s, i]).mean(), targets[i], -30, 30)
            for i in range(rows)])
    for level in 0.5, 0.9:
        tails = (1 - level) / 2, (1 + level) / 2
        quantile = lambda i, q: optimize.brentq(
            lambda x: stats.norm.cdf(x, means[:, i], deviations[:, i]).mean() - q, -30, 30,
            xtol=1e-13, rtol=1e-14)
        ends = np.array([[quantile(i, q) for i in range(rows)] for q in tails])
        case[f"intervals_{int(100 * level)}"] = ends
        case[f"coverage_{int(100 * level)}"] = np.mean((ends[0] <= targets) & (targets <= ends[1]))
        case[f"width_{int(100 * level)}"] = np.mean(ends[1] - ends[0])
        case[f"gaussian_{int(100 * level)}"] = np.array(
            stats.norm.interval(level, means[0], deviations[0]))
    distances = np.abs(means - targets).mean(0)
    pairs = np.abs(means[:, None] - means[None]).sum((0, 1))
    case["crps_empirical"] = np.mean(distances - pairs / (2 * samples**2))
    case["crps_fair"] = np.mean(distances - pairs / (2 * samples * (samples - 1)))
    cases["metrics_regression"] = case


def temperature():
    for name, scale in ("metrics_temperature", 6.0), ("metrics_temperature_timid", 0.2):
        logits = rounded(scale * random.standard_normal((80, 4)))
        p = special.softmax(logits / scale * 1.4, axis=-1)
        labels = np.array([random.choice(4, p=row) for row in p])
        nll = lambda t: -special.log_softmax(logits / t, axis=-1)[np.arange(80), labels].mean()

        def slope(t):
            """The derivative of nll by t, from the expectations under the softmax."""
            expected = (special.softmax(logits / t, axis=-1) * logits).sum(-1)
            return (logits[np.arange(80), labels] - expected).mean() / t**2

        best = optimize.brentq(slope, 1e-2, 1e3, xtol=1e-14, rtol=1e-14)
        assert nll(best) <= min(nll(best * 1.001), nll(best * 0.999))
        cases[name] = {"logits": logits, "labels": labels, "temperature": best,
                       "nll_before": nll(1.0), "nll": nll(best),
                       "scaled": special.log_softmax(logits / best, axis=-1)}


def conformal():
    """Angelopoulos and Bates 2021, section 1: the ⌈(n + 1) level⌉-th smallest score. Their code
    takes np.quantile(scores, ⌈(n + 1) level⌉ / n, method="higher"), which is the next larger score
    unless it is the largest."""
    log_p, test = log_probabilities(30, 4), log_probabilities(25, 4)
    labels = drawn_labels(log_p)
    n, level = len(labels), 0.8
    quantile = lambda scores: np.sort(scores)[math.ceil((n + 1) * level) - 1]

    def aps(p):
        scores = np.zeros_like(p)
        for row, out in zip(p, scores):
            for c in range(len(row)):
                out[c] = row[row >= row[c]].sum()
        return scores

    case = {"log_probabilities": log_p, "labels": labels, "test": test}
    for name, score in ("lac", lambda p: 1 - p), ("aps", aps):
        own = score(np.exp(log_p))[np.arange(n), labels]
        threshold = quantile(own)
        case["threshold_" + name] = threshold
        case["sets_" + name] = score(np.exp(test)) <= threshold
    targets, predictions = rounded(random.standard_normal((2, n)))
    deviations = rounded(0.5 + random.random(n))
    residuals = np.abs(targets - predictions)
    case.update(targets=targets, predictions=predictions, deviations=deviations,
                half_width=quantile(residuals),
                half_width_scaled=quantile(residuals / deviations))
    cases["metrics_conformal"] = case


def agreements():
    """Izmailov et al. 2021; SciPy's wasserstein_distance is of samples and of order 1,
    so that of order 2 is integrated here over the quantile functions."""
    p, q = log_probabilities(40, 6), log_probabilities(40, 6)
    q[::3] = rounded(special.log_softmax(p[::3] * 0.7, axis=-1))
    means, deviations = rounded(random.standard_normal((2, 7))), rounded(
        0.2 + random.random((2, 7)))

    def distance(i):
        gap = lambda u: np.diff(stats.norm.ppf(u, means[:, i], deviations[:, i]))[0] ** 2
        return math.sqrt(integrate.quad(gap, 0, 1, epsabs=1e-12, epsrel=1e-12, limit=500)[0])

    cases["metrics_agreement"] = {
        "p": p, "q": q, "agreement": (p.argmax(-1) == q.argmax(-1)).mean(),
        "total_variation": 0.5 * np.abs(np.exp(p) - np.exp(q)).sum(-1).mean(),
        "means": means, "deviations": deviations,
        "wasserstein": np.mean([distance(i) for i in range(7)])}


def chains():
    """Vehtari et al. 2021, equations 1 to 4, 10 to 14, with autocorrelations by FFT."""

    def split(x):
        n = x.shape[1] // 2
        return np.concatenate([x[:, :n], x[:, -n:]])

    def r_hat(x):
        x = split(x)
        n = x.shape[1]
        between, within = n * x.mean(1).var(ddof=1), x.var(1, ddof=1).mean()
        return math.sqrt(((n - 1) / n * within + between / n) / within)

    def scores(x):
        ranks = stats.rankdata(x).reshape(x.shape)
        return stats.norm.ppf((ranks - 3 / 8) / (x.size + 1 / 4))

    def ess(x):
        x = split(x)
        n = x.shape[1]
        spectrum = np.fft.rfft(x - x.mean(1, keepdims=True), 4 * n)
        covariance = np.fft.irfft(np.abs(spectrum) ** 2)[:, :n].mean(0) / n
        within = x.var(1, ddof=1).mean()
        total = within * (n - 1) / n + x.mean(1).var(ddof=1)
        rho = 1 - (within - covariance) / total
        rho[0] = 1
        pairs = rho[:n // 2 * 2].reshape(-1, 2).sum(1)
        count = np.argmax(pairs <= 0) if (pairs <= 0).any() else len(pairs)
        tau = -1 + 2 * np.minimum.accumulate(pairs[:count]).sum()
        return x.size / max(tau, 1 / math.log10(x.size))

    noise = random.standard_normal((3, 61, 5))
    x = noise.copy()
    for t in range(1, 61):
        x[:, t, 1] = 0.8 * x[:, t - 1, 1] + noise[:, t, 1]
        x[:, t, 2] = -0.5 * x[:, t - 1, 2] + noise[:, t, 2]
    x[1, :, 0] += 0.7
    x[2, :, 3] *= 4
    x[:, :, 4] = np.round(x[:, :, 4] * 2)
    x = rounded(x)
    columns = [x[:, :, q] for q in range(5)]
    bulk = lambda c: r_hat(scores(c))
    rank_r_hat = lambda c: max(bulk(c), bulk(np.abs(c - np.median(c))))
    cases["metrics_chains"] = {
        "draws": x, "split_r_hat": [r_hat(c) for c in columns],
        "rank_r_hat": [rank_r_hat(c) for c in columns],
        # An even number of draws, whose median lies between two of them.
        "rank_r_hat_of_60": [rank_r_hat(c[:, :60]) for c in columns],
        "scores": np.stack([scores(c) for c in columns], -1),
        "ess": [ess(c) for c in columns], "bulk_ess": [ess(scores(c)) for c in columns]}


def as_json(x):
    x = np.asarray(x, float)
    return {"shape": list(x.shape), "data": [float(f"{value:.12g}") for value in x.ravel()]}


def mixture_distances():
    """The total variation distance of mixtures of Gaussians, integrated between the points at which
    their densities cross."""
    means = {name: rounded(random.standard_normal((count, 5))) for name, count in (("p", 3), ("q", 4))}
    widths = {name: rounded(0.2 + random.random(x.shape)) for name, x in means.items()}

    def distance(i):
        def difference(x):
            p, q = (stats.norm.pdf(x, means[name][:, i], widths[name][:, i]).mean() for name in "pq")
            return p - q
        grid = np.linspace(-20, 20, 8001)
        signs = np.sign([difference(x) for x in grid])
        crossings = [optimize.brentq(difference, a, b, xtol=1e-14)
                     for a, b, s, t in zip(grid, grid[1:], signs, signs[1:]) if s * t < 0]
        ends = [-20, *crossings, 20]
        return sum(abs(integrate.quad(difference, a, b, epsabs=1e-13, limit=500)[0])
                   for a, b in zip(ends, ends[1:])) / 2

    cases["metrics_mixture_distance"] = {
        "p_means": means["p"], "p_deviations": widths["p"],
        "q_means": means["q"], "q_deviations": widths["q"],
        "total_variation": np.mean([distance(i) for i in range(5)])}


def main():
    default = pathlib.Path(__file__).with_name("metrics.json")
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    for family in (classification, selective, detection, sample_scores, regression, temperature,
                   conformal, agreements, chains, mixture_distances):
        family()
    lines = [json.dumps(name) + ": " + json.dumps({key: as_json(x) for key, x in case.items()},
                                                  separators=(",", ":"))
             for name, case in cases.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
