"""Redraw the README's pictures: python notebooks/gallery/make.py"""

from pathlib import Path

import graphviz
import matplotlib
from sklearn.datasets import make_moons

import nn
from autograd import Value, draw
from autograd.drawing.dot.render import render
from nn.losses import hinge, l2
from nn.plotting import draw_network, plot_decision_boundary

HERE = Path(__file__).parent


def neuron() -> Value:
    """Return a neuron of two inputs, written out."""
    x1, x2 = Value(2.0, label="x1"), Value(-1.0, label="x2")
    w1, w2 = Value(-0.5, label="w1"), Value(1.5, label="w2")
    out = (w1 * x1 + w2 * x2 + Value(2.0, label="b")).tanh()
    out.label = "out"
    out.backward()
    return out


def moons() -> tuple[nn.MLP, list[list[float]], list[int]]:
    """Return a network that tells two half moons apart, and the points of the moons."""
    points, labels = make_moons(n_samples=100, noise=0.1, random_state=1337)
    X, y = points.tolist(), (2 * labels - 1).tolist()
    model = nn.MLP(2, [16, 16, 1], seed=1337)
    optimizer = nn.optim.SGD(model.parameters(), lr=1.0)
    for k in range(100):
        loss = hinge([model(x) for x in X], y) + l2(model.parameters(), 1e-4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.lr = 1.0 - 0.9 * k / 100
        optimizer.step()
    return model, X, y


STAGES = {
    "code": "your code\\noperators and functions",
    "graph": "graph of Values\\nwhat was computed from what",
    "order": "topological order\\ninputs before outputs",
    "rules": "rules\\none row per operation, ops.py",
    "gradients": "gradients\\nbackward, grad, jvp, hessian",
    "picture": "picture\\ndraw, explain",
    "check": "check\\ncheck_grads",
    "native": "native code\\ncompile, fit, predict",
}
FLOW = [("code", "graph"), ("graph", "order"), ("order", "rules"), ("rules", "gradients"),
        ("graph", "picture"), ("graph", "check"), ("graph", "native")]  # fmt: skip


def how_it_works() -> bytes:
    """Return the picture of how data flows through the library, as SVG."""
    dot = graphviz.Digraph(graph_attr={"nodesep": "0.3", "ranksep": "0.35"})
    dot.attr("node", shape="box", style="rounded,filled", fontname="Helvetica", fontsize="12", color="#8a93a2")
    dot.attr("edge", color="#4a5160", fontname="Helvetica", fontsize="11")
    for name, text in STAGES.items():
        dot.node(name, text, fillcolor="#fde3c5" if name in ("picture", "check", "native") else "#dbeaf7")
    for start, end in FLOW:
        dot.edge(start, end)
    dot.edge("gradients", "graph", label="derivatives are Values again", style="dashed", constraint="false")
    return render(dot.source, "svg")


def main() -> None:
    """Write every picture beside this file."""
    (HERE / "how_it_works.svg").write_bytes(how_it_works())
    picture = draw(neuron())
    picture.save(HERE / "neuron.svg")
    picture.save(HERE / "backward.gif")
    loss = (nn.MLP(2, [3, 1], seed=1)([1.0, -2.0]) - 1.0) ** 2
    loss.backward()
    draw(loss, rankdir="TB").save(HERE / "mlp.svg")
    model, X, y = moons()
    with matplotlib.rc_context({"svg.hashsalt": "chainrule"}):  # the same picture is the same file
        draw_network(model, X[0]).figure.savefig(HERE / "network.svg", metadata={"Date": None})
    plot_decision_boundary(model, X, y).figure.savefig(HERE / "moons.png", dpi=100)
    for path in sorted(HERE.glob("*.*g")) + sorted(HERE.glob("*.gif")):
        print(path)


if __name__ == "__main__":
    main()
