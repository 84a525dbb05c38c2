"""Goldens of the music metrics, computed with numpy and muspy from their definitions.

    python3 scripts/music-goldens.py > src/metrics/goldens/music.json
    npx biome check --write src/metrics/goldens

It needs the Python packages numpy and muspy (github.com/salu133445/muspy, MIT). Rolls are made by a formula that src/metrics/music/music-metrics.test.ts
has too, so that they need not be stored. pypianoroll 1.0.4, the other package with these metrics, is not used: its chroma takes tens of pitches for
octaves, and its mask of drum patterns fits a single beat only.
"""

import json

import muspy
import numpy as np

np.seterr(over="ignore")  # the hash is arithmetic modulo 2^32

PARTS = ["drums", "piano", "guitar", "bass", "strings"]
SEGMENTS, BARS, LOW, PITCHES = 6, 2, 24, 72


def uniform(seed, i, j):
    """A hash of three numbers as one in [0, 1), as in scripts/metric-goldens.py."""
    h = np.uint32(seed) * np.uint32(0x9E3779B1) + i.astype(np.uint32) * np.uint32(0x85EBCA77)
    h = h + j.astype(np.uint32) * np.uint32(0xC2B2AE3D)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
    h = (h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39)
    h = h ^ (h >> np.uint32(15))
    return h.astype(np.float64) / 2**32


def rolls(steps_per_bar):
    """Notes of 1 to 4 steps at random; part p is silent in bars that the hash chooses. [segments, parts, steps, pitches]"""
    steps = BARS * steps_per_bar
    n, p, s, r = np.meshgrid(*[np.arange(k) for k in (SEGMENTS, 5, steps, PITCHES)], indexing="ij")
    on = uniform(1, n * 5 + p, s // (1 + r % 4) * PITCHES + r) < 0.05
    silent = uniform(2, n * 5 + p, s // steps_per_bar) < 0.3
    return on & ~silent


def runs(line):
    """Lengths of the runs of ones in a line of cells."""
    edges = np.diff(np.concatenate([[0], line.astype(np.int8), [0]]))
    return np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)


def chroma(roll):
    """[steps, 12] of a roll [steps, pitches]."""
    out = np.zeros((len(roll), 12))
    for row in range(PITCHES):
        out[:, (LOW + row) % 12] += roll[:, row]
    return out


def centroid(roll):
    """Harte's six numbers of the chroma of a beat; None where nothing sounds."""
    total = chroma(roll).sum(0)
    if total.sum() == 0:
        return None
    k = np.arange(12)
    circles = [(1.0, 7 / 6), (1.0, 3 / 2), (0.5, 2 / 3)]
    basis = [radius * f(k * turn * np.pi) for radius, turn in circles for f in (np.sin, np.cos)]
    return np.array(basis) @ (total / total.sum())


def music_of(segment):
    """The parts with pitches of a segment [parts, steps, pitches], as muspy has them."""
    music = muspy.Music(resolution=4)
    for part in segment[1:]:
        track = muspy.Track()
        for row in range(PITCHES):
            edges = np.diff(np.concatenate([[0], part[:, row].astype(np.int8), [0]]))
            for begin, end in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)):
                track.append(muspy.Note(time=int(begin), pitch=LOW + row, duration=int(end - begin)))
        music.append(track)
    return music


def classes_of(bar):
    """Pitch classes of a bar [steps, pitches], by muspy."""
    return muspy.n_pitch_classes_used(music_of(np.stack([np.zeros_like(bar), bar])))


def metrics(steps_per_bar):
    data = rolls(steps_per_bar)
    beat = steps_per_bar // 4
    result = {"parts": {}}
    for p, name in enumerate(PARTS):
        bars = data[:, p].reshape(SEGMENTS * BARS, steps_per_bar, PITCHES)
        sounding = bars.any((1, 2))
        values = {"emptyBars": float(1 - sounding.mean())}
        if name == "drums":
            weights = np.where(np.arange(BARS * steps_per_bar) % (beat / 2) == 0, 1.0, 0.1)
            hits = data[:, p].sum(2)
            values["drumPatterns"] = float((hits * weights).sum() / hits.sum())
        else:
            lengths = np.concatenate([runs(roll[:, row]) for roll in data[:, p] for row in range(PITCHES)])
            values["usedPitchClasses"] = float(np.mean([classes_of(bar) for bar in bars[sounding]]))
            values["qualifiedNotes"] = float((lengths >= 3).mean())
            values["polyphony"] = float((data[:, p].sum(2) > 2).mean())
        result["parts"][name] = values
    result["inScale"] = float(np.mean([muspy.scale_consistency(music_of(segment)) for segment in data]))
    beats = data.reshape(SEGMENTS, 5, BARS * 4, beat, PITCHES)
    result["tonalDistances"] = []
    for a in range(1, 5):
        for b in range(a + 1, 5):
            pairs = [(centroid(beats[n, a, t]), centroid(beats[n, b, t])) for n in range(SEGMENTS) for t in range(BARS * 4)]
            values = [np.linalg.norm(x - y) for x, y in pairs if x is not None and y is not None]
            result["tonalDistances"].append(float(np.mean(values)))
    return result


print(json.dumps({"cells": int(rolls(16).sum()), "steps16": metrics(16), "steps24": metrics(24)}, indent=2))
