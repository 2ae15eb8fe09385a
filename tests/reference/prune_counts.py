#!/usr/bin/env python3
# Prints the checks of tests/bayes/prune_test.cpp: zeros and rows left of two layers after pruning
# by each rule, counted with numpy.
import numpy as np

SHAPES = [(11, 13), (5, 11)]


def layer(shape, start):
    k = start + np.arange(shape[0] * shape[1])
    return (k * 37 % 101 - 50) / 25, k * 53 % 97 / 8 - 8


LAYERS = [layer(SHAPES[0], 0), layer(SHAPES[1], 1000)]


def log_variance(posterior, mu, spread):
    return spread + np.log(mu**2 + 1e-16) if posterior == 'VariationalDropout' else spread


def scores(posterior, rule):
    result = []
    for mu, spread in LAYERS:
        variances = log_variance(posterior, mu, spread)
        if rule == 'LogAlphaAbove':
            result.append(variances - np.log(mu**2 + 1e-16))
        else:
            result.append(np.abs(mu) / np.sqrt(np.exp(variances)))
    return result


def check(posterior, rule, value):
    by_layer = scores(posterior, rule)
    if rule == 'LogAlphaAbove':
        zeros = [s > value for s in by_layer]
    elif rule == 'SignalToNoiseBelow':
        zeros = [s < value for s in by_layer]
    elif rule == 'LargestUnits':
        # All rows of the last layer stay.
        sums = (by_layer[0].reshape(SHAPES[0]) ** 2).sum(axis=1)
        pruned = np.argsort(-sums, kind='stable')[value:]
        zeros = [np.zeros(SHAPES[0], bool), np.zeros(by_layer[1].size, bool)]
        zeros[0][pruned] = True
        zeros[0] = zeros[0].ravel()
    else:
        both = np.concatenate(by_layer)
        zeros = np.zeros(both.size, bool)
        zeros[np.argsort(both, kind='stable')[: round(value * both.size)]] = True
        zeros = np.split(zeros, [by_layer[0].size])
    counts = []
    for (mu, _), mask, shape in zip(LAYERS, zeros, SHAPES):
        left = np.where(mask, 0, mu).reshape(shape)
        counts += [int((left == 0).sum()), int((left != 0).any(axis=1).sum())]
    numbers = ', '.join(map(str, counts))
    shown = f'{{{value}}}' if rule == 'LargestUnits' else value
    print(f'  check({posterior}{{}}, {rule}{{{shown}}}, {{{numbers}}});')


for posterior in ['VariationalDropout', 'AdditiveDropout', 'Gaussian']:
    for rule, value in [
        ('LogAlphaAbove', 3.05),
        ('LogAlphaAbove', -1.01),
        ('SignalToNoiseBelow', 0.3),
        ('SignalToNoiseBelow', 2.77),
        ('SmallestShare', 0.5),
        ('SmallestShare', 0.97),
        ('LargestUnits', 4),
    ]:
        # The ratios of VariationalDropout have ties, which rounding breaks.
        if posterior != 'VariationalDropout' or rule != 'SmallestShare':
            check(posterior, rule, value)
