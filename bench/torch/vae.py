"""The bench's peer: the same variational autoencoder, bound and Adam in PyTorch, written for speed in eager mode."""
from peer import Peer, Phase
from variational import E, G, calibrated, decoder, divergence, encode


def loss(draws):
    images = draws.real()
    mean, log_variance, code = encode(draws, images)
    return calibrated(images, decoder(code)) + divergence(mean, log_variance)


Peer([G, E], [Phase("G", [E, G], loss)], decoder).serve()
