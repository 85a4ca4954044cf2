#!/usr/bin/env python3
"""The .NET runtime client against a served Runtime API. Needs the .NET SDK; prints 'N passed, N failed, N skipped'."""
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import served
from served import Client

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = pathlib.Path(tempfile.mkdtemp(prefix='pilotlight-dotnet-'))
RUNTIME = WORK / 'runtime'
TASK, PLAIN, EXECUTABLE, OLD, NEWER = WORK / 'task', WORK / 'plain', WORK / 'executable', WORK / 'old', WORK / 'newer'


def build():
    # No server that stays behind, or that someone else may stop in the middle.
    os.environ.update(MSBUILDDISABLENODEREUSE='1', UseSharedCompilation='false')
    subprocess.run([ROOT / 'runtimes/dotnet/build', RUNTIME], check=True)
    for project, out in (('Function', TASK), ('Plain', PLAIN), ('Executable', EXECUTABLE)):
        subprocess.run(['dotnet', 'publish', HERE / 'dotnet' / project, '-c', 'Release', '-v', 'q', '--nologo', '-o', out,
                        f'-p:ArtifactsPath={WORK}/artifacts', '-p:TreatWarningsAsErrors=false'], check=True)
    for version, out in (('OLD', OLD), ('NEWER', NEWER)):
        # The function as it was compiled, with another version of the library beside it.
        shutil.copytree(TASK, out)
        subprocess.run(['dotnet', 'build', HERE / 'dotnet/Core', '-c', 'Release', '-v', 'q', '--nologo', '-o', WORK / version, '-p:TreatWarningsAsErrors=false',
                        f'-p:ArtifactsPath={WORK}/artifacts-{version}', f'-p:DefineConstants={version}'], check=True)
        shutil.copy(WORK / version / 'Amazon.Lambda.Core.dll', out)


@functools.cache
def dotnet_root():
    """Where .NET is, for the native binary that looks for it. The command may be a link or a script, so .NET itself is asked."""
    runtimes = subprocess.run(['dotnet', '--list-runtimes'], capture_output=True, text=True, check=True).stdout
    return str(pathlib.Path(re.search(r'\[(.*)\]', runtimes)[1]).parent.parent)


def client(handler, task=TASK, **options):
    full = handler if ':' in handler or task is EXECUTABLE or not handler else f'Tested::Tested.Functions::{handler}'
    if ':' in full:
        options['machine'] = {'DOTNET_ROOT': dotnet_root(), 'LAMBDA_RUNTIME_NAME': 'dotnet8'}
    else:
        options['env'] = {'DOTNET_ROOT': dotnet_root(), **options.get('env', {})}
    return Client([RUNTIME / 'bootstrap'], task, RUNTIME, full, **options)


def Each_shape_of_handler_is_called():
    for handler, event, expected in (
            ('Text', 'té', 'té'), ('Fixed', {}, 'static'), ('Bean', {'name': 'n', 'count': 1}, {'Name': 'n', 'Count': 2}), ('Number', 41, 42),
            ('Later', {'name': 'x', 'count': 3}, {'Name': 'tested', 'Count': 3}), ('Value', 4, 8), ('Streams', {'a': 1}, {'a': 1}),
            ('StreamsLater', [1, 2], [1, 2]), ('Inherited', 'x', 'base x'), ('Private', 'x', 'private x'),
            ('System.String Overloaded(Int32)', 3, 'number 3'), ('Tested::Tested.AbstractFunctions::Fixed', {}, 'static of abstract'),
            (' Tested :: Tested.Functions :: Text ', 'trimmed', 'trimmed')):
        with client(handler) as c:
            for _ in range(4):
                assert c.call(event) == expected, handler


def Nothing_returned_is_an_empty_answer():
    for handler in ('Nothing', 'NothingLater', 'ValueNothing'):
        with client(handler) as c:
            assert c.invoke({})[:2] == ('response', b''), handler


def A_serializer_of_the_method_goes_before_that_of_the_assembly():
    with client('Shout') as c:
        assert c.invoke(b'hello')[:2] == ('response', b'HELLO!')


def A_function_without_the_library_takes_and_gives_streams():
    with client('Plain::Plain.Functions::Echo', PLAIN) as c:
        assert c.call({'a': 'é'}) == {'a': 'é'}
    with client('Plain::Plain.Functions::Nothing', PLAIN) as c:
        assert c.invoke({})[1] == b''


def The_context_is_complete():
    with client('Context') as c:
        seen = c.call({}, request_id='id-1', deadline_ms=int(time.time() * 1000) + 5000, headers={
            'Lambda-Runtime-Trace-Id': 'Root=1-2-3', 'Lambda-Runtime-Aws-Tenant-Id': 'blue',
            'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
            'Lambda-Runtime-Client-Context': '{"client":{"app_title":"tïtle"},"custom":{"a":"b"},"env":{"c":"d"}}'})
        assert 0 < seen.pop('remaining') <= 5000
        assert seen == {'id': 'id-1', 'group': '/aws/lambda/tested', 'stream': '2025/01/01/[$LATEST]0', 'name': 'tested', 'version': '$LATEST',
                        'arn': 'arn:aws:lambda:us-east-1:000000000000:function:tested', 'memory': 512, 'tenant': 'blue', 'trace': 'Root=1-2-3',
                        'variable': 'Root=1-2-3', 'newer': '', 'type': 'Pilotlight.RuntimeSupport.Known', 'identity': 'i/p', 'app': 'tïtle', 'custom': {'a': 'b'}, 'env': {'c': 'd'}}, seen
        later = c.call({})
        assert (later['trace'], later['variable'], later['identity'], later['app'], later['tenant']) == ('', None, None, None, None), later
    with client('OnlyContext') as c:
        assert c.call({}, request_id='id-2') == 'id-2'


def Other_versions_of_the_library_get_a_context_of_their_shape():
    for task, expected in ((OLD, {'trace': None, 'tenant': None, 'newer': '', 'type': 'Pilotlight.RuntimeSupport.Known'}),
                           (NEWER, {'trace': 'Root=1-2-3', 'tenant': 'blue', 'newer': 'default0', 'type': 'Pilotlight.Shapes'})):
        with client('Context', task) as c:
            seen = c.call({}, request_id='id-1', headers={'Lambda-Runtime-Trace-Id': 'Root=1-2-3', 'Lambda-Runtime-Aws-Tenant-Id': 'blue',
                                                         'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i"}'})
            assert {name: seen[name] for name in expected} == expected, seen
            assert (seen['id'], seen['memory'], seen['identity']) == ('id-1', 512, 'i/') and seen['remaining'] > 0, seen
        with client('OldLogs', task) as c:
            c.call({}, request_id='id-5')
            text = c.output()
            assert 'Z\tid-5\tinfo\told line\nold' in text and text.endswith('Z\tid-5\told static\n'), text


def A_client_context_that_is_not_JSON_fails_that_invocation():
    with client('Context') as c:
        assert 'Client Context' in c.fail({}, headers={'Lambda-Runtime-Client-Context': '{'})['errorMessage']
        assert c.call({})


def An_exception_becomes_the_error_payload_of_AWS():
    with client('Fail') as c:
        kind, body, headers = c.invoke({})
        error = json.loads(body)
        assert kind == 'error' and headers['lambda-runtime-function-error-type'] == 'InvalidOperationException'
        assert list(error) == ['errorType', 'errorMessage', 'stackTrace', 'cause'], error
        assert (error['errorType'], error['errorMessage']) == ('InvalidOperationException', 'outer')
        assert len(error['stackTrace']) == 1 and error['stackTrace'][0].startswith('at Tested.Functions.Fail('), error
        assert error['cause'] == {'errorType': 'ArgumentException', 'errorMessage': 'inner'}, error
        assert '\tfail\tSystem.InvalidOperationException: outer' in c.output() and 'RuntimeSupport' not in c.output()
        assert c.fail({})['errorMessage'] == 'outer'
    with client('FailLater') as c:
        for _ in range(3):
            error = c.fail({})
            assert error['errorMessage'] == 'later' and all('at Tested.' in line for line in error['stackTrace']), error
    with client('FailMany') as c:
        error = c.fail({})
        assert [cause['errorMessage'] for cause in error['causes']] == ['one', 'two'] and error['cause']['errorMessage'] == 'one', error
    with client('FailLong') as c:
        assert c.fail({}) == {'errorMessage': 'Exception exceeded maximum payload size of 256KB.'}


def A_payload_that_does_not_fit_is_an_error_of_the_serializer():
    with client('Bean') as c:
        for event in (b'', b'{', b'7', b'{"count":"x"}', b'\xff', b'[' * 100000):
            assert c.fail(event)['errorType'] == 'JsonException', event
        assert c.call({'name': 'n', 'count': 1})


def What_cannot_be_called_is_an_init_error_in_the_words_of_AWS():
    functions = 'Tested.Functions'
    for handler, message in (
            ('Tested::Tested.Functions', "Invalid lambda function handler: 'Tested::Tested.Functions'. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
            ('::T::M', "Invalid lambda function handler: '::T::M', the assembly is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
            ('Tested:: ::M', "Invalid lambda function handler: 'Tested:: ::M', the type is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
            ('Tested::T::', "Invalid lambda function handler: 'Tested::T::', the method is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'."),
            ('Missing::T::M', "Could not find the specified handler assembly with the file name 'Missing, Culture=neutral, PublicKeyToken=null'. "
                              'The assembly should be located in the root of your uploaded .zip file.'),
            ('Tested::No.Type::M', "Unable to load type 'No.Type' from assembly 'Tested'."),
            ('Absent', f"Unable to find method 'Absent' in type '{functions}' from assembly 'Tested': Found no methods matching method name 'Absent'."),
            ('Overloaded', f"The method 'Overloaded' in type '{functions}' appears to have a number of overloads. To call this method please specify a "
                           'complete method signature. Possible candidates are:\nSystem.String Overloaded(System.String)\nSystem.String Overloaded(Int32).'),
            ('AsyncVoid', "The method 'Void AsyncVoid(System.String)' cannot be used as a Lambda Handler because it is an 'async void' method. Handler methods "
                          "cannot be 'async void'. Please specify a method that is not 'async void'."),
            ('Generic', "The method 'T Generic[T](T)' cannot be used as a Lambda Handler because it is a generic method. Handler methods cannot be generic. "
                        'Please specify a non-generic handler method.'),
            ('Params', "The method 'System.String Params(System.String[])' cannot be used as a Lambda Handler because it is a 'params' method. Please specify a "
                       "method that does not use 'params'."),
            ('Three', f"Method 'Three' of type '{functions}' is not supported: the method has more than 2 parameters."),
            ('SecondIsNot', f"Method 'SecondIsNot' of type '{functions}' is not supported: the method has 2 parameters, but the second parameter is not of type "
                            "'Amazon.Lambda.Core.ILambdaContext'."),
            ('Unserializable', "The indicated serializer 'Tested.NoConstructor' does not define a public zero-parameter constructor."),
            ('Tested::Tested.AbstractFunctions::Text', "The instance method 'System.String Text(System.String)' cannot be used as a Lambda Handler because its type "
             "'Tested.AbstractFunctions' is abstract. Please either use a static handler or specify a type that is not abstract."),
            ('Tested::Tested.AbstractFunctions::Abstract', "The method 'System.String Abstract(System.String)' cannot be used as a Lambda Handler because it is an "
             'abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.'),
            ('Tested::Tested.GenericFunctions`1::Text', "The type 'Tested.GenericFunctions`1' cannot be used as a Lambda Handler type because it is generic. Handler "
             'methods cannot be located in generic types. Please specify a handler method in a non-generic type.'),
            ('Tested::Tested.INotAClass::Fixed', "The type 'Tested.INotAClass' cannot be used as a handler type since it is not a class or a struct. Please specify a "
             'handler method on a class or struct.')):
        expect_init_error(handler, TASK, 'LambdaValidationException', message)
    for handler, doing in (('Text', 'deserialize input'), ('Output', 'serialize output')):
        expect_init_error(
            f'Plain::Plain.Functions::{handler}', PLAIN, 'LambdaValidationException',
            f"Could not find the LambdaSerializerAttribute on the assembly 'Plain' or method '{handler}' while attempting to {doing} data of type 'System.String'. "
            'To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with '
            'Amazon.Lambda.Core.LambdaSerializerAttribute.')


def A_class_that_cannot_be_made_is_an_init_error():
    expect_init_error('Tested::Tested.Throwing::Text', TASK, 'InvalidOperationException', 'no construction')
    expect_init_error('Tested::Tested.StaticThrowing::Text', TASK, 'TypeInitializationException',
                      "The type initializer for 'Tested.StaticThrowing' threw an exception.")


def expect_init_error(handler, task, error_type, message):
    with client(handler, task) as c:
        kind, body, headers = c.answer()
        error = json.loads(body)
        assert (kind, error['errorType'], error['errorMessage']) == ('init', error_type, message), body.decode()
        assert headers['lambda-runtime-function-error-type'] == error_type
        assert c.process.wait(30) == 1
        assert ('GET', '/2018-06-01/runtime/invocation/next') not in c.requests


EXPECTED_LINES = [
    ('info', 'from Console'), ('info', '2 arguments'), ('info', '1.5'), ('info', 'c'), ('fail', 'to Error'), ('info', 'two\nlines'), ('warn', 'warned'),
    ('crit', 'critical'), ('info', 'Ann has 007 of Thing { Name = x, Count = 1 } {kept}'),
    ('fail', 'with exception\nSystem.InvalidOperationException: broken'), (None, 'static'), ('warn', 'static levelled')]


def Log_lines_are_those_of_AWS():
    with client('Logs') as c:
        c.call({}, request_id='id-3')
        text = c.output()
        lines = text.split('Z\tid-3\t')
        assert [line.rsplit('\n', 1)[0] for line in lines[1:]] == ['\t'.join(filter(None, line)) for line in EXPECTED_LINES], text
        assert text.endswith('\nunfinished')


def Log_lines_are_bare_when_that_is_asked():
    with client('Logs', env={'AWS_LAMBDA_HANDLER_LOG_FORMAT': 'Unformatted', 'AWS_LAMBDA_LOG_LEVEL': 'DEBUG'}) as c:
        c.call({})
        assert c.output().startswith('from Console\n2 arguments\n1.5\nc\nto Error\ntwo\nlines\nwarned\nunseen\ncritical\n'), c.output()


def Log_messages_are_framed_when_there_is_a_descriptor():
    with client('Logs', framed=True) as c:
        assert c.call({}) is None
        c.process.kill()
        frames = c.frames()
        levels = {'info': 3, 'warn': 4, 'fail': 5, 'crit': 6, None: 0}
        assert [(kind, text.split('\t', 2 if level is None else 3)[-1].rstrip('\n')) for (kind, _, text), (level, _) in zip(frames, EXPECTED_LINES)] == [
            (0xA55A0003 | levels[level] << 2, text) for level, text in EXPECTED_LINES], frames
        assert frames[-1][2] == 'unfinished' and len(frames) == len(EXPECTED_LINES) + 1
        assert all(abs(at / 1e6 - time.time()) < 60 for _, at, _ in frames)
        assert c.output() == ''


def Log_messages_are_JSON_and_filtered_when_that_is_configured():
    with client('Logs', framed=True, env={'AWS_LAMBDA_LOG_FORMAT': 'JSON', 'AWS_LAMBDA_LOG_LEVEL': 'WARN'}) as c:
        c.call({}, request_id='id-4', headers={'Lambda-Runtime-Trace-Id': 'Root=1-2-3'})
        c.process.kill()
        frames = [frame for frame in c.frames() if frame[2] != 'unfinished']
        records = [json.loads(text) for _, _, text in frames]
        assert [(r['level'], r['message']) for r in records] == [
            ('Error', 'to Error'), ('Warning', 'warned'), ('Critical', 'critical'), ('Error', 'with exception'), ('Information', 'static'),
            ('Warning', 'static levelled')], frames
        assert all(r['requestId'] == 'id-4' and r['traceId'] == 'Root=1-2-3' and len(r['timestamp']) == 24 for r in records)
        assert records[3]['errorType'] == 'System.InvalidOperationException' and records[3]['errorMessage'] == 'broken' and records[3]['0'] == 'exception'
        assert records[5]['level'] == 'Warning' and [kind & 3 for kind, _, _ in frames] == [2] * 6
    with client('Logs', env={'AWS_LAMBDA_LOG_FORMAT': 'JSON'}) as c:
        c.call({})
        record = json.loads(next(line for line in c.output().splitlines() if 'Ann' in line))
        assert (record['name'], record['count'], record['thing']) == ('Ann', '007', {'Name': 'x', 'Count': 1}), record


def An_AsyncLocal_does_not_reach_the_next_invocation():
    with client('Local') as c:
        assert [c.call('a'), c.call('b')] == ['none', 'none']


def Memory_is_limited_for_an_exception_instead_of_a_kill():
    with client('Exhaust') as c:
        assert c.fail({})['errorType'] == 'OutOfMemoryException'


def Exit_ends_the_process_with_its_code():
    with client('Exit') as c:
        c.post({})
        assert c.process.wait(30) == 7


def Six_MiB_go_through_both_ways():
    big = b'"' + b'x' * (6 * 1024 * 1024 - 2) + b'"'
    with client('Streams') as c:
        assert c.invoke(big)[1] == big
        assert c.call('small') == 'small'


def Every_way_of_framing_HTTP_is_understood():
    event = {'text': 'é' * 3000}
    for style in ({'chunked': True}, {'upper': True}, {'chunked': True, 'upper': True, 'step': 7}, {'step': 1}, {'close': True}):
        with client('Streams', style=style) as c:
            for _ in range(2):
                assert c.call(event) == event, style


def A_refused_response_does_not_end_the_loop():
    with client('Text', style={'status': '413 Payload Too Large'}) as c:
        assert c.call('a') == 'a'
        assert c.call('b') == 'b'
        assert '413' in c.output()


def An_answer_that_is_broken_ends_the_process():
    for raw in (*served.BROKEN, served.OK + b'nocolon\r\n\r\n', served.OK + b'Lambda-Runtime-Deadline-Ms: x\r\nContent-Length: 2\r\n\r\n{}'):
        with client('Streams', style={'raw': raw}) as c:
            assert c.process.wait(30) == 1, raw
            assert 'The Runtime API is gone' in c.output(), c.output()


def A_Runtime_API_that_goes_away_ends_the_process():
    with client('Text') as c:
        c.call('a')
        c.events.put(None)
        assert c.process.wait(30) == 1


def An_executable_brings_its_own_client_as_an_assembly_or_a_binary():
    for handler in ('Executable', 'Executable.dll'):
        with client(handler, EXECUTABLE) as c:
            assert c.call({'a': 1}) == {'a': 1}
    native = WORK / 'native'
    shutil.copytree(EXECUTABLE, native, dirs_exist_ok=True)
    (native / 'Executable').rename(native / 'started')
    (native / 'Only').write_text('#!/bin/sh\nexec ./started\n')
    (native / 'Only').chmod(0o755)
    with Client([RUNTIME / 'bootstrap'], native, RUNTIME, 'Only', env={'DOTNET_ROOT': dotnet_root()}) as c:
        assert c.call({'a': 2}) == {'a': 2}


def The_bootstrap_ends_with_the_codes_of_AWS():
    empty = WORK / 'empty'
    empty.mkdir(exist_ok=True)
    partly = WORK / 'partly'
    partly.mkdir(exist_ok=True)
    (partly / 'x.txt').write_text('')
    without_config = WORK / 'without_config'
    without_config.mkdir(exist_ok=True)
    (without_config / 'A.deps.json').write_text('{}')
    for code, task, handler, env in (
            (101, TASK, 'A::B::C', {'LAMBDA_TASK_ROOT': ''}), (102, empty, 'A::B::C', {}), (103, TASK, '', {}), (104, partly, 'Absent', {}),
            (105, partly, 'A::B::C', {}), (106, without_config, 'A::B::C', {}), (127, TASK, 'A::B::C', {'AWS_LAMBDA_EXEC_WRAPPER': '/absent'}),
            (126, TASK, 'A::B::C', {'AWS_LAMBDA_EXEC_WRAPPER': str(partly / 'x.txt')})):
        with Client([RUNTIME / 'bootstrap'], task, RUNTIME, handler, env=env) as c:
            assert c.process.wait(30) == code, (code, c.process.returncode, c.output())


def The_main_assembly_may_be_named_and_a_single_one_is_found():
    for env in ({'LAMBDA_DOTNET_MAIN_ASSEMBLY': 'Tested'}, {'LAMBDA_DOTNET_MAIN_ASSEMBLY': 'Tested.dll'}, {'LAMBDA_DOTNET_MAIN_ASSEMBLY': 'Other'}):
        with client('Text', env=env) as c:
            assert c.call('a') == 'a'


def The_wrapper_script_gets_the_command_line():
    wrapper = WORK / 'wrapper'
    wrapper.write_text('#!/bin/sh\necho wrapped\nexec "$@"\n')
    wrapper.chmod(0o755)
    with client('Text', env={'AWS_LAMBDA_EXEC_WRAPPER': str(wrapper)}) as c:
        assert c.call('a') == 'a' and 'wrapped' in c.output()


def is_started_anew(c):
    return b'--depsfile' in pathlib.Path(f'/proc/{c.process.pid}/cmdline').read_bytes()


def Surroundings_are_the_same_however_it_was_started():
    told = {}
    was = served.started_ahead
    try:
        for served.started_ahead in (False, True):
            with client('Surroundings', framed=True, env={'MINE': 'is ü', 'EMPTY': ''}) as c:
                assert c.is_ahead == served.started_ahead
                told[c.is_ahead] = answer = c.call(['MINE', '_HANDLER', 'PILOTLIGHT_STEM', 'AWS_LAMBDA_FUNCTION_NAME'])
                # Started ahead it stays the program that it was.
                assert is_started_anew(c) != c.is_ahead
                answer['child'] = dict(line.split('=', 1) for line in answer['child'].splitlines())
                for view in ('variables', 'child'):
                    for name in ('AWS_LAMBDA_RUNTIME_API', 'PWD', '_'):
                        answer[view].pop(name, None)
                # The host names them in another order, and the client's own among them.
                answer['assemblies'] = [path for path in answer['assemblies'] if not path.startswith(str(RUNTIME))]
    finally:
        served.started_ahead = was
    for key in told[False]:
        assert told[True][key] == told[False][key], (key, told[True][key], told[False][key])
    ahead = told[True]
    assert ahead['native'] == {'MINE': 'is ü', '_HANDLER': 'Tested::Tested.Functions::Surroundings', 'PILOTLIGHT_STEM': None, 'AWS_LAMBDA_FUNCTION_NAME': 'tested'}
    assert ahead['variables']['MINE'] == 'is ü' and ahead['child']['MINE'] == 'is ü' and ahead['folder'] == str(TASK), ahead
    assert ahead['heap'] == 512 * 1024 * 1024 // 100 * 85 and ahead['setting'] == 'true', ahead


def A_start_ahead_of_need_knows_nothing_of_any_function():
    with client('Text', env={'MINE': 'secret'}) as c:
        if not c.is_ahead:
            raise served.Skip('it is started for its function')
        assert c.call('x') == 'x'
        started_with = pathlib.Path(f'/proc/{c.process.pid}/environ').read_bytes()
        for absent in (b'secret', b'_HANDLER', b'AWS_LAMBDA_FUNCTION_NAME', b'AWS_ACCESS', b'AWS_SESSION'):
            assert absent not in started_with, started_with


def What_a_runtime_cannot_change_any_more_gets_a_plain_start():
    changes = {
        'gc': lambda config, deps: config['runtimeOptions']['configProperties'].update({'System.GC.Server': True}),
        'framework': lambda config, deps: config['runtimeOptions'].update(framework={'name': 'Microsoft.NETCore.App', 'version': '6.0.0'}),
        'roll': lambda config, deps: config['runtimeOptions'].update(rollForward='LatestMajor'),
        'newer': lambda config, deps: list(deps['targets'].values())[0].setdefault('Newer/1.0.0', {}).update(
            runtime={'lib/net8.0/System.Text.Json.dll': {'assemblyVersion': '99.0.0.0', 'fileVersion': '99.0.0.0'}}),
    }
    for name, change in changes.items():
        task = WORK / f'changed-{name}'
        shutil.copytree(TASK, task, dirs_exist_ok=True)
        config, deps = (json.loads((TASK / f'Tested.{kind}.json').read_text()) for kind in ('runtimeconfig', 'deps'))
        change(config, deps)
        (task / 'Tested.runtimeconfig.json').write_text(json.dumps(config))
        # A file that is named and not there is no function; the framework's own stands in for the newer one.
        if name == 'newer':
            framework = next(pathlib.Path(dotnet_root()).glob('shared/Microsoft.NETCore.App/*/System.Text.Json.dll'))
            shutil.copy(framework, task)
        (task / 'Tested.deps.json').write_text(json.dumps(deps))
        with client('Text', task) as c:
            assert c.call('x') == 'x', name
            assert is_started_anew(c), name


def An_older_part_of_the_framework_is_no_reason_for_a_plain_start():
    task = WORK / 'older'
    shutil.copytree(TASK, task, dirs_exist_ok=True)
    deps = json.loads((TASK / 'Tested.deps.json').read_text())
    list(deps['targets'].values())[0].setdefault('Older/1.0.0', {}).update(
        runtime={'lib/net8.0/System.Text.Json.dll': {'assemblyVersion': '4.0.0.0', 'fileVersion': '4.0.0.0'}})
    (task / 'Tested.deps.json').write_text(json.dumps(deps))
    with client('Text', task) as c:
        assert c.call('x') == 'x' and is_started_anew(c) != c.is_ahead


if __name__ == '__main__':
    if not shutil.which('dotnet'):
        print('skipped everything: dotnet is missing\n0 passed, 0 failed, 1 skipped')
        sys.exit(0)
    try:
        build()
        served.run(sys.modules[__name__])
    finally:
        shutil.rmtree(WORK)
