#!/usr/bin/env python3
"""The bootstraps that bring their own runtime: the bash sample and the C echo of the benchmarks."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import served
from served import Client, Skip

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = pathlib.Path(tempfile.mkdtemp(prefix='pilotlight-provided-'))


def client(folder, **options):
    return Client([folder / 'bootstrap'], folder, folder, 'any', **options)


def The_bash_sample_greets():
    with client(ROOT / 'samples/hello-provided') as c:
        assert c.call({'name': 'you'})['message'] == 'Hello, you!'
        assert c.call({'text': 'x' * 100000})['message'] == 'Hello, world!'
        assert 'greeting you' in c.output()


def The_C_echo_answers_with_the_event_however_it_is_framed():
    if not shutil.which('cc'):
        raise Skip('cc is missing (apt-get install gcc libc6-dev)')
    subprocess.run([ROOT / 'bench/functions/echo-c/build', WORK], check=True)
    for style in ({}, {'chunked': True}, {'upper': True}, {'step': 1}, {'chunked': True, 'step': 5}):
        with client(WORK, style=style) as c:
            for event in ({}, {'a': 'é'}, {'a': 'x' * 3000}):
                assert c.call(event) == event, style
    with client(WORK) as c:
        big = b'"' + b'x' * 6291554 + b'"'
        assert c.invoke(big)[1] == big and c.call(1) == 1


def An_answer_that_is_broken_ends_the_C_echo():
    if not (WORK / 'bootstrap').exists():
        raise Skip('it was not built')
    for raw in served.BROKEN:
        with client(WORK, style={'raw': raw}) as c:
            assert c.process.wait(10) == 1, raw


def A_Runtime_API_that_goes_away_ends_the_C_echo():
    if not (WORK / 'bootstrap').exists():
        raise Skip('it was not built')
    with client(WORK) as c:
        c.call(1)
        c.events.put(None)
        assert c.process.wait(10) == 1


if __name__ == '__main__':
    try:
        served.run(sys.modules[__name__])
    finally:
        shutil.rmtree(WORK)
