"""The bench's peer for metrics: torch-fidelity's Frechet and kernel distance of two sets of random features.

Settings come as JSON in the first argument. One line on the standard input asks for one measurement, a JSON line answers with seconds. It needs the
package torch-fidelity with what it needs itself; PYTHONPATH may name a copy of its repository.
"""
import json
import resource
import sys
import time

import numpy as np
import torch
from torch_fidelity import metric_fid as fid
from torch_fidelity import metric_kid as kid

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
random = np.random.default_rng(0)
sets = [
    torch.from_numpy(np.abs(random.standard_normal((settings["count"], settings["width"]))).astype(np.float32))
    for _ in range(2)
]
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    command = line.strip()
    start = time.perf_counter()
    if command == "fd":
        statistics = [fid.fid_features_to_statistics(x) for x in sets]
        fid.fid_statistics_to_metric(*statistics, False)
    elif command == "kid":
        kid.kid_features_to_metric(*sets, kid_subsets=100, kid_subset_size=1000, verbose=False)
    else:
        break
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
print(json.dumps({"peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
