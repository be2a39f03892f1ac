"""`--batchfirst=audit`: outermost models are measured, and no test can tell."""

from __future__ import annotations

from typing import Any

pytest_plugins = ["pytester"]

TESTS = """
    import gc, random, warnings, weakref
    declared = pytest.mark.batchfirst(layout="batch seq features")

    @declared
    def test_scrambled():
        Scrambled()(X)

    @declared
    def test_scrambled_again():
        nn.Sequential(Scrambled())(X)  # outermost is another class
        Scrambled()(X + 1)

    def test_undeclared():
        Scrambled()(X)

    def test_meant_without_a_recurrent_module():
        nn.Sequential(nn.Flatten(), nn.Linear(21, 1))(X)

    @pytest.mark.batchfirst(layout="batch seq features", ignore=["hidden-scrambled"])
    def test_ignored():
        Scrambled()(X)

    @declared
    def test_the_layout_does_not_fit():
        nn.GRU(3, 4, batch_first=True)(X[0])

    def test_right_and_nothing_noticed(capsys):
        torch.manual_seed(1), random.seed(1)
        model, calls = Scrambled().eval(), Scrambled.runs
        seen = []
        model.register_forward_hook(lambda *_: seen.append(1))
        output = model(X)
        output.sum().backward()
        gradient = model.head.weight.grad.clone()
        assert (Scrambled.runs - calls, len(seen), capsys.readouterr().out) == (1, 1, "forward\\n")
        assert model.training is False
        assert torch.equal(model.head.weight.grad, gradient)
        state, python = torch.get_rng_state(), random.getstate()
        alive = weakref.ref(model)
        test_right_and_nothing_noticed.kept = state, python
        del model, output
        gc.collect()
        assert alive() is None

    @pytest.fixture(autouse=True)
    def random_numbers_are_as_the_test_left_them():
        yield
        kept = getattr(test_right_and_nothing_noticed, "kept", None)
        if kept is not None:
            assert torch.equal(torch.get_rng_state(), kept[0]) and random.getstate() == kept[1]
            del test_right_and_nothing_noticed.kept

    @declared
    def test_raises_by_itself():
        with pytest.raises(RuntimeError):
            Model()(X[..., :2])

    class Warns(Model):
        def forward(self, x):
            warnings.warn("again", RuntimeWarning)
            return super().forward(x)

    @declared
    def test_warns():
        with pytest.warns(RuntimeWarning) as told:
            Warns()(X)
        assert len(told) == 1

    @declared
    @pytest.mark.asyncio
    async def test_async():
        Scrambled()(X)

    class TestOld(unittest.TestCase):
        def test_unittest(self):
            Scrambled()(X)

    @declared
    @pytest.mark.xfail(strict=True)
    def test_known():
        Scrambled()(X)

    @declared
    def test_own_failure():
        Scrambled()(X)
        assert 0, "mine"

    def test_skipped():
        Scrambled()(X[:2])
        pytest.skip("done")
"""


def test_a_declared_model_fails_its_test_an_undeclared_one_is_noted(project: Any) -> None:
    it = project(TESTS)
    result = it.run("--batchfirst=audit", "--batchfirst-report=found.json", "-rf")
    result.assert_outcomes(passed=8, failed=4, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_scrambled _*",
            "error[[]BF301]: view to (5, 8) puts hidden states of different samples *",
            "*_ test_own_failure _*",
            "E       AssertionError: mine",
            "*modules watched: *audits: *",
            "FAILED test_it.py::test_scrambled - error[[]BF301]*",
            "FAILED test_it.py::test_scrambled_again - error[[]BF301]*",
            "FAILED test_it.py::test_async - error[[]BF301]*",
            "FAILED test_it.py::test_own_failure - AssertionError: mine",
        ]
    )
    found = it.json("found.json")
    met: dict[tuple[str, str], set[str]] = {}
    for one, places in zip(found["findings"], found["places"], strict=True):
        met.setdefault((one["code"], one["severity"]), set()).update(place.partition("::")[2] for place in places)
    assert met == {
        ("BF301", "error"): {"test_scrambled", "test_scrambled_again", "test_async", "test_own_failure"},
        ("BF301", "note"): {  # undeclared, or an expected failure
            "test_undeclared", "test_right_and_nothing_noticed", "TestOld::test_unittest", "test_known",
            "test_scrambled_again",
        },
        ("BF102", "note"): {"test_the_layout_does_not_fit"},
        ("BF105", "note"): {"test_raises_by_itself"},  # and the test catches it
    }  # fmt: skip
    lines = (it.path / "test_it.py").read_text(encoding="utf-8").splitlines()
    (unbatched,) = (one["location"] for one in found["findings"] if one["code"] == "BF102")
    assert unbatched["file"] == str(it.path / "test_it.py")
    assert lines[unbatched["line"] - 1][unbatched["column"] : unbatched["end_column"]].startswith("nn.GRU(")
    names = [audit["name"] for audit in found["audits"]]
    assert sorted(names) == ["GRU", "Scrambled", "Scrambled", "Scrambled", "Sequential", "Warns"]
