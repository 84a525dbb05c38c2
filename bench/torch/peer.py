"""What the peers of the bench share: tensors under Ganbox's names, training steps in phases, and the conversation with main.ts and check.ts.

Settings come as JSON in the first argument. Each line on the standard input asks for one thing more, so that two peers can take turns; each is
answered by one JSON line.
"""
import json
import os
import resource
import sys
import time

import torch

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "examples", "pytorch"))
from ganbox_torch import read_safetensors, write_safetensors  # noqa: E402

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)
RESOLUTION, BATCH, PAIRS, WIDTHS, LATENT = (settings[k] for k in ("resolution", "batch", "microBatch", "widths", "latent"))
START = RESOLUTION >> (len(WIDTHS) - 1)
ROUNDS = BATCH // PAIRS
EMA_RATE = 0.01


class Draws:
    """Random inputs of a pass, fresh ones."""

    def real(self):
        shape = PAIRS, settings["planes"], RESOLUTION, RESOLUTION
        return torch.randint(0, 256, shape, dtype=torch.uint8).float() / 127.5 - 1

    def normal(self, name, *shape):
        return torch.randn(shape)

    def uniform(self, name, *shape):
        return torch.rand(shape)


class Given(Draws):
    """Random inputs that Ganbox was given too, by name."""

    def __init__(self, tensors):
        self.tensors = tensors

    def real(self):
        return self.tensors["real"] / 127.5 - 1

    def normal(self, name, *shape):
        assert self.tensors[name].shape == shape, (name, shape)
        return self.tensors[name]

    uniform = normal


class Network:
    """The tensors of one network, made where they are first asked for. `draws` is set in a training step, `trained` in the network's own phases."""

    def __init__(self, name):
        self.name, self.parameters, self.buffers, self.draws, self.trained = name, {}, {}, None, False

    def get(self, name, shape, std, mean=0.0):
        known = self.parameters.get(name)
        if known is None:
            known = self.parameters[name] = torch.nn.Parameter(mean + std * torch.randn(shape))
        return known

    def buffer(self, name, shape, std=0.0, mean=0.0):
        known = self.buffers.get(name)
        if known is None:
            known = self.buffers[name] = mean + std * torch.randn(shape)
        return known

    def noise(self, name, n, side):
        fixed = self.buffer(name, (1, 1, side, side), 1.0)
        return fixed if self.draws is None else self.draws.normal(f"noise/{self.name}/{name}", n, 1, side, side)

    def enter(self, draws, trained):
        self.draws, self.trained = draws, trained
        for parameter in self.parameters.values():
            parameter.requires_grad_(trained)

    def tensors(self):
        return {f"{self.name}/{name}": tensor for name, tensor in {**self.parameters, **self.buffers}.items()}


class Phase:
    """One update of some networks: `objective(draws)` is the loss of a pass of PAIRS real images."""

    def __init__(self, name, trains, objective, every=1):
        self.name, self.trains, self.objective, self.every = name, trains, objective, every


class Peer:
    """Networks, the phases of their training step, and the generator `generate(z)` as it is used afterwards."""

    def __init__(self, networks, phases, generate):
        self.networks, self.phases, self.generate, self.steps = networks, phases, generate, 0
        for phase in phases:  # makes all tensors
            self.during(phase, Draws(), lambda: phase.objective(Draws()))
        rate, betas = settings["learningRate"], (settings["beta1"], settings["beta2"])
        self.optimisers = {n.name: torch.optim.Adam(n.parameters.values(), rate, betas, eps=1e-8) for n in networks}
        averaged = [n for n in networks if n.name != "D"]
        self.averages = {n.name: [t.detach().clone() for t in n.tensors().values()] for n in averaged}

    def during(self, phase, draws, work):
        for network in self.networks:
            network.enter(draws, network in phase.trains)
        result = work()
        for network in self.networks:
            network.draws = None
        return result

    def update(self, phase):
        optimisers = [self.optimisers[network.name] for network in phase.trains]
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        for _ in range(ROUNDS):
            draws = Draws()
            (self.during(phase, draws, lambda: phase.objective(draws)) / ROUNDS).backward()
        for optimiser in optimisers:
            optimiser.step()
        with torch.no_grad():
            for network in phase.trains:
                for average, tensor in zip(self.averages.get(network.name, []), network.tensors().values()):
                    average.lerp_(tensor, EMA_RATE)

    def step(self):
        for phase in self.phases:
            if self.steps % phase.every == 0:
                self.update(phase)
        self.steps += 1

    def load(self, tensors):
        with torch.no_grad():
            for network in self.networks:
                own = network.tensors()
                given = {name for name in tensors if name.startswith(network.name + "/")}
                assert given == set(own), (network.name, given ^ set(own))
                for name, tensor in own.items():
                    assert tensor.shape == tensors[name].shape, name
                    tensor.copy_(tensors[name])

    def check(self, folder):
        """For each phase: the loss, gradients and next buffers of one pass from given tensors; then given latents as pictures."""
        results = {}
        for phase in self.phases:
            tensors, _ = read_safetensors(os.path.join(folder, f"{phase.name}.safetensors"))
            self.load(tensors)
            draws = Given(tensors)
            loss = self.during(phase, draws, lambda: phase.objective(draws))
            for optimiser in self.optimisers.values():
                optimiser.zero_grad(set_to_none=True)
            loss.backward()
            results[f"{phase.name}/loss"] = loss
            for network in phase.trains:
                for name, parameter in network.parameters.items():
                    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                    results[f"{phase.name}/gradient/{network.name}/{name}"] = gradient
                for name, tensor in network.buffers.items():
                    if not torch.equal(tensor, tensors[f"{network.name}/{name}"]):
                        results[f"{phase.name}/next/{network.name}/{name}"] = tensor.clone()
        tensors, _ = read_safetensors(os.path.join(folder, "generate.safetensors"))
        self.load({name: tensor for name, tensor in tensors.items() if name != "z"})
        with torch.inference_mode():
            results["images"] = self.generate(tensors["z"]).clamp(-1, 1)
        write_safetensors(os.path.join(folder, "results.safetensors"), results, {})

    def serve(self):
        """Answers until the standard input ends."""
        report(ready=True)
        for line in sys.stdin:
            command = line.split()
            start = time.perf_counter()
            if command == ["train"]:
                for _ in range(settings["steps"]):
                    self.step()
            elif command == ["generate"]:
                with torch.inference_mode():
                    self.generate(torch.randn(settings["generate"], LATENT))
            elif command[:1] == ["check"]:
                self.check(line.strip()[len("check ") :])
            else:
                break
            report(seconds=time.perf_counter() - start)
        report(peakMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def report(**line):
    print(json.dumps(line), flush=True)
