"""The training step of LeNet5 in PyTorch, with the word "compiled" by torch.compile."""
import sys

sys.dont_write_bytecode = True  # none beside the sources
import peer
import torch
from torch import nn
from torch.nn import functional


def make(parameters, images, labels):
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2),
        nn.ReLU(), nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10))
    with torch.no_grad():
        for to, values in zip(model.parameters(), parameters):
            to.copy_(torch.tensor(values).reshape(to.shape))
    images = torch.tensor(images).reshape(-1, 1, 28, 28)
    labels = torch.tensor(labels).long()

    def loss_of():
        return functional.cross_entropy(model(images), labels)

    compiled = sys.argv[1] == "compiled"
    loss_of = torch.compile(loss_of) if compiled else loss_of
    optimizer = torch.optim.SGD(model.parameters(), lr=peer.LEARNING_RATE, fused=compiled)

    def step():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


peer.run(make)
