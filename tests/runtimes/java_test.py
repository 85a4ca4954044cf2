#!/usr/bin/env python3
"""The Java runtime client against a served Runtime API. Needs a JDK; prints 'N passed, N failed, N skipped'."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import served
from served import Client, Skip

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = pathlib.Path(tempfile.mkdtemp(prefix='pilotlight-java-'))
RUNTIME = WORK / 'runtime'
TASK = WORK / 'task'
JAVA_MAJOR = ''


def build():
    subprocess.run([ROOT / 'runtimes/java/build', RUNTIME], check=True)
    for folder in ('task/lib', 'core', 'layer/java/lib'):
        (WORK / folder).mkdir(parents=True)
    sources = [str(p) for p in (HERE / 'java').rglob('core/**/*.java')]
    subprocess.run(['javac', '--release', '8', '-Xlint:-options', '-d', WORK / 'core', *sources], check=True)
    # The interfaces come in a jar of the function, as they do in a deployment package.
    subprocess.run(['jar', 'cf', TASK / 'lib/aws-lambda-java-core.jar', '-C', WORK / 'core', '.'], check=True)
    events = [str(p) for p in (HERE / 'java/events').rglob('*.java')]
    subprocess.run(['javac', '--release', '8', '-Xlint:-options', '-d', WORK / 'events', *events], check=True)
    subprocess.run(['jar', 'cf', WORK / 'layer/java/lib/events.jar', '-C', WORK / 'events', '.'], check=True)
    path = f'{WORK}/core:{WORK}/events'
    subprocess.run(['javac', '--release', '8', '-Xlint:-options', '-cp', path, '-d', TASK, HERE / 'java/function/example/Functions.java'], check=True)
    record = WORK / 'Point.java'
    shutil.copy(HERE / 'java/function/example/Point.java.17', record)
    return subprocess.run(['javac', '--release', '17', '-d', TASK, record], stderr=subprocess.DEVNULL).returncode == 0


def client(handler, **options):
    env = options.pop('env', {})
    # Our own flag stands in for /opt, which a test cannot write.
    layers = f'-Dpilotlight.layers={WORK}/layer'
    options['machine'] = {'JAVA_TOOL_OPTIONS': layers, 'PILOTLIGHT_JAVA': JAVA_MAJOR}
    options['env'] = {**env, 'JAVA_TOOL_OPTIONS': f"{layers} {env['JAVA_TOOL_OPTIONS']}"} if 'JAVA_TOOL_OPTIONS' in env else env
    return Client([RUNTIME / 'bootstrap'], TASK, RUNTIME, handler if '.' in handler else 'example.Functions::' + handler, **options)


def Any_JSON_comes_back_as_it_went_in():
    with client('any') as c:
        for event in ({}, [], 'x', 0, -1, 1.5, True, None, [[[]], {'a': {'b': []}}], 12345678901234567890, 2**63 - 1, 'é€😀\u0000\n"\\',
                      {'k': [1, 'two', False, {'deep': [1.25]}]}):
            assert c.call(event) == event, event
        assert c.call(b' \n{"a" : [1 ,\t2] , "a\\u0062\\/" : "\\ud83d\\ude00"}\r\n') == {'a': [1, 2], 'ab/': '😀'}


def A_bean_is_bound_with_its_generics_times_and_numbers():
    with client('bean') as c:
        bean = c.call({
            'name': 'n', 'count': '7', 'ratio': 1, 'active': True, 'colour': 'GREEN', 'nick': 'nn', 'inherited': [1, 2],
            'nested': {'k': [{'name': 'inner', 'nested': {}}]}, 'ids': ['00000000-0000-0000-0000-000000000001'] * 2, 'grid': [[1, 2], [3]],
            'data': 'AAEC', 'exact': 0.1, 'huge': 10**30, 'at': '2025-01-02T03:04:05.123456789Z', 'day': '2025-01-02',
            'local': '2025-01-02T03:04:05', 'lasting': 'PT1M', 'date': '2025-01-02T03:04:05+0100', 'anything': {'x': 1}, 'open': 5,
            'untouchable': 'changed', 'URL': 'u', 'unknown': [{'skipped': True}]})
        inner = bean['nested']['k'][0]
        assert inner['name'] == 'inner' and inner['nested'] == {} and inner['nick'] is None and 'at' not in inner, inner
        assert (bean['count'], bean['ratio'], bean['colour'], bean['nick'], bean['inherited']) == (7, 1.0, 'GREEN', 'nn', [1, 2])
        assert (bean['ids'], bean['grid'], bean['data']) == (['00000000-0000-0000-0000-000000000001'], [[1, 2], [3]], 'AAEC')
        assert (bean['exact'], bean['huge'], bean['anything'], bean['open']) == (0.1, 10**30, {'x': 1}, 5)
        assert (bean['day'], bean['local'], bean['lasting']) == ([2025, 1, 2], [2025, 1, 2, 3, 4, 5], 60)
        assert abs(bean['at'] - 1735787045.123456789) < 1e-6 and bean['date'] == 1735783445000
        assert bean['untouchable'] == 'kept' and bean['URL'] == 'u'
        # What it wrote, it reads.
        assert c.call(bean) == {**bean, 'untouchable': 'kept'}


def Property_names_may_differ_in_case():
    with client('bean') as c:
        assert c.call({'NAME': 'n', 'Count': 3})['name'] == 'n'


def Coercions_are_those_of_Jackson_at_AWS():
    with client('bean') as c:
        assert c.call({'count': 3.9})['count'] == 3
        assert c.call({'count': None})['count'] == 0
        assert c.call({'count': ''})['count'] == 0
        assert c.call({'count': [5]})['count'] == 5
        assert 'colour' not in c.call({'colour': 'BLUE'})
        assert c.call({'colour': 1})['colour'] == 'GREEN'
        assert c.call({'ids': '00000000-0000-0000-0000-000000000001'})['ids'] == ['00000000-0000-0000-0000-000000000001']
        assert c.call({'name': 12.50})['name'] == '12.5'
        assert c.call('') is None


def A_payload_that_does_not_fit_says_why():
    with client('bean') as c:
        for event in ({'count': 2**40}, {'count': 'x'}, {'name': {}}, {'active': 'perhaps'}, {'ids': ['no-uuid']}, {'at': 'yesterday'}, 7, 'x', [1, 2],
                      {'data': '***'}, {'day': [2025, 13, 1]}, {'huge': 'a'}, b'{"huge":1e999999999}', b'{"count":1e99999}'):
            error = c.fail(event)
            assert error['errorMessage'] == 'An error occurred during JSON parsing', error
            assert error['errorType'] == 'java.lang.RuntimeException' and error['stackTrace'] == []
            assert error['cause']['errorMessage']
        assert 'example.Functions$Bean["count"]' in c.fail({'count': 'x'})['cause']['errorMessage']


def Bytes_that_are_not_JSON_are_refused_and_the_next_event_is_served():
    with client('any') as c:
        for event in (b'', b' ', b'{', b'[1,]', b'{"a":1,}', b'{"a" 1}', b'{a:1}', b"{'a':1}", b'01', b'1.', b'-', b'1e', b'+1', b'.5', b'tru', b'nul', b'"', b'"\\x"',
                      b'"\\u12"', b'"\n"', b'"\xff"', b'"\xc3"', b'[1 2]', b'{} {}', b'[1]x', b'\x00', b'NaN', b'{"a":1"b":2}', b'"\\u12G4"', b'[' * 100000,
                      b'{"a":' * 100000, b'1' * 100000, b'[' * 1001 + b']' * 1001):
            error = c.fail(event)
            assert error['errorMessage'] == 'An error occurred during JSON parsing', (event[:20], error)
        assert c.invoke(b'[' * 1000 + b']' * 1000)[:2] == ('response', b'[' * 1000 + b']' * 1000)
        assert c.call({'still': 'here'}) == {'still': 'here'}


def Deep_beans_are_bound_and_skipped_without_a_stack_overflow():
    with client('node') as c:
        assert c.invoke(b'{"next":' * 999 + b'null' + b'}' * 999)[:2] == ('response', b'{"next":' * 998 + b'{}' + b'}' * 998)
        assert c.call(b'{"unknown":' + b'[' * 999 + b']' * 999 + b'}') == {}


def A_result_that_refers_to_itself_is_an_error():
    with client('cycle') as c:
        assert c.fail({})['errorMessage'] == 'An error occurred during JSON serialization of response'


def Values_without_a_JSON_form_are_written_as_AWS_does():
    with client('edge') as c:
        kind, body, _ = c.invoke({})
        assert json.loads(body)[:4] == ['NaN', 1e300, 1.5, 'c'] and json.loads(body)[6:] == [{}, 3, [1, 2]], body
        assert b'"\\ud83d"' in body and '😀'.encode() in body


def Each_shape_of_handler_is_called():
    for handler, event, expected in (
            ('text', 't', 't'), ('number', 41, 42), ('fixed', {}, 'static'), ('nothing', {}, None), ('overloaded', 'x', 'two'),
            ('streams', {'a': 1}, {'a': 1}), ('example.Functions$OfInterface', ['RED'], 'RED tested'),
            ('example.Functions$OfInterface::handleRequest', ['GREEN'], 'GREEN tested'),
            ('example.Functions$OfStreams', 'x', 'streamed x'), ('example.Functions$SubClassed::text', 'x', 'sub x'),
            ('beans', [{'count': 1}], None)):
        with client(handler) as c:
            result = c.call(event)
            assert result == expected or handler == 'beans' and result[0]['count'] == 1, (handler, result)


def A_record_with_generics_is_bound():
    if not HAS_RECORDS:
        raise Skip('this JDK has no records')
    with client('example.Point$Handler::move') as c:
        assert c.call({'X': 1, 'tags': [1, '2'], 'other': {}}) == {'x': 2, 'y': 0, 'tags': [1, 2]}


def Event_classes_of_a_layer_are_bound_by_their_own_rules():
    with client('event') as c:
        event = c.call({'Records': [{'eventSourceARN': 'arn', 'arrived': 1545084650.987, 'data': 'SGk='}], 'detail-type': 'd'})
        assert event == {'records': [{'eventSourceArn': 'arn', 'arrived': 1545084650987, 'data': 'SGk='}], 'detailType': 'd'}, event


def The_context_is_complete():
    with client('context') as c:
        seen = c.call({}, request_id='id-1', deadline_ms=int(time.time() * 1000) + 5000, headers={
            'Lambda-Runtime-Trace-Id': 'Root=1-2-3', 'Lambda-Runtime-Aws-Tenant-Id': 'blue',
            'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
            'Lambda-Runtime-Client-Context': '{"client":{"app_title":"tïtle"},"custom":{"a":"b"},"env":{"c":"d"}}'})
        assert 0 < seen.pop('remaining') <= 5000
        assert seen == {'id': 'id-1', 'group': '/aws/lambda/tested', 'stream': '2025/01/01/[$LATEST]0', 'name': 'tested', 'version': '$LATEST',
                        'arn': 'arn:aws:lambda:us-east-1:000000000000:function:tested', 'memory': 512, 'tenant': 'blue', 'trace': 'Root=1-2-3',
                        'same': True, 'identity': 'i/p', 'app': 'tïtle', 'custom': {'a': 'b'}, 'env': {'c': 'd'}}, seen
        later = c.call({})
        assert 'trace' not in later and 'identity' not in later and 'app' not in later and 'tenant' not in later, later


def A_client_context_that_is_not_JSON_fails_that_invocation():
    with client('context') as c:
        assert 'Client Context' in c.fail({}, headers={'Lambda-Runtime-Client-Context': '{'})['errorMessage']
        assert c.call({})


def An_exception_becomes_the_error_payload_of_AWS():
    with client('fail') as c:
        kind, body, headers = c.invoke({})
        error = json.loads(body)
        assert kind == 'error' and headers['lambda-runtime-function-error-type'] == 'Runtime.UserException'
        assert list(error) == ['errorMessage', 'errorType', 'stackTrace', 'cause'], error
        assert (error['errorMessage'], error['errorType']) == ('outer', 'java.io.IOException')
        assert len(error['stackTrace']) == 1 and error['stackTrace'][0].startswith('example.Functions.fail(Functions.java:'), error
        assert (error['cause']['errorMessage'], error['cause']['errorType']) == ('inner', 'java.lang.IllegalArgumentException')
        assert 'outer: java.io.IOException\njava.io.IOException: outer\n\tat example.Functions.fail' in c.output()
    with client('failSilently') as c:
        assert c.fail({})['errorMessage'] == 'java.lang.UnsupportedOperationException'


def Errors_of_the_JVM_are_reported_and_end_it():
    for handler, kind in (('overflow', 'java.lang.StackOverflowError'), ('exhaust', 'java.lang.OutOfMemoryError')):
        with client(handler) as c:
            assert c.fail({})['errorType'] == kind
            assert c.process.wait(30) == 1


def Faults_in_the_declaration_are_told_at_each_invocation():
    for handler, expected in (
            ('example.Missing', {'errorMessage': 'Class not found: example.Missing', 'errorType': 'java.lang.ClassNotFoundException'}),
            ('example.Missing::x', {'errorMessage': 'Class not found: example.Missing', 'errorType': 'java.lang.ClassNotFoundException'}),
            ('absent', {'errorMessage': 'No public method named absent with appropriate method signature found on class example.Functions'}),
            ('example.Functions::', {'errorMessage': "Invalid handler: `example.Functions::'"}),
            ('example.Functions$Neither', {'errorMessage': 'Class does not implement an appropriate handler interface: example.Functions$Neither'}),
            ('example.Functions$Raw', {'errorMessage': 'Class example.Functions$Raw does not implement RequestHandler with concrete type parameters'}),
            ('example.Functions$NeedsArgument::any',
             {'errorMessage': 'Class example.Functions$NeedsArgument has no public zero-argument constructor', 'errorType': 'java.lang.Exception'})):
        with client(handler) as c:
            assert c.fail({}) == expected, c.fail({})
            assert c.fail({}) == expected


def A_class_that_cannot_be_made_is_an_init_error():
    for handler, message, error_type in (
            ('example.Functions$Throwing::text', 'no construction', 'java.lang.IllegalStateException'),
            ('example.Functions$StaticThrowing::any', 'Error loading class example.Functions$StaticThrowing', 'java.lang.ExceptionInInitializerError')):
        with client(handler) as c:
            kind, body, headers = c.answer()
            assert kind == 'init' and json.loads(body) == {'errorMessage': message, 'errorType': error_type}, body
            assert headers['lambda-runtime-function-error-type'] == 'Runtime.BadFunctionCode'
            assert c.process.wait(30) == 1
            assert ('GET', '/2018-06-01/runtime/invocation/next') not in c.requests


def Log_lines_go_to_standard_output_when_there_is_no_descriptor():
    with client('logs') as c:
        c.call({})
        text = c.output()
        for line in ('from System.out', 'two', 'lines', '[WARN] warned', '[TRACE] traced', 'bytes', 'through LambdaRuntime'):
            assert '\n' + line + '\n' in '\n' + text, (line, text)
        assert text.endswith('unfinished')


def Log_messages_are_framed_when_there_is_a_descriptor():
    with client('logs', framed=True) as c:
        assert c.call({}) == 'nullnull'
        c.process.kill()
        frames = c.frames()
        assert [(kind & 0xFFFFFFFF, text) for kind, _, text in frames] == [
            (0xA55A0003, 'two\nlines'), (0xA55A0003 | 4 << 2, '[WARN] warned'), (0xA55A0003 | 1 << 2, '[TRACE] traced'),
            (0xA55A0003, 'bytes'), (0xA55A0003, 'through LambdaRuntime')], frames
        assert all(abs(at / 1e6 - time.time()) < 60 for _, at, _ in frames)
        assert 'from System.out' in c.output()


def Log_messages_are_JSON_and_filtered_when_that_is_configured():
    with client('logs', framed=True, env={'AWS_LAMBDA_LOG_FORMAT': 'JSON', 'AWS_LAMBDA_LOG_LEVEL': 'INFO'}) as c:
        c.call({}, request_id='id-2')
        c.process.kill()
        frames = c.frames()
        records = [json.loads(text) for kind, _, text in frames if text != 'bytes']
        assert [(r['level'], r['message'], r['AWSRequestId']) for r in records] == [
            ('UNDEFINED', 'two\nlines', 'id-2'), ('WARN', 'warned', 'id-2'), ('UNDEFINED', 'through LambdaRuntime', 'id-2')], frames
        assert all(len(r['timestamp']) == 24 and r['timestamp'].endswith('Z') for r in records)
        assert [kind for kind, _, _ in frames] == [0xA55A0002, 0xA55A0002 | 4 << 2, 0xA55A0002, 0xA55A0002]


def The_function_sees_nothing_of_the_runtime():
    with client('seen') as c:
        assert c.call({}) == []


def An_interrupt_left_behind_does_not_break_the_connection():
    with client('interrupt') as c:
        for _ in range(3):
            assert c.call({}) == 'interrupted'


def System_exit_ends_the_process_with_its_code():
    with client('exit') as c:
        c.post({})
        assert c.process.wait(30) == 7


def Six_MiB_go_through_both_ways():
    big = 'x' * (6 * 1024 * 1024 - 2)
    with client('text') as c:
        assert c.call(big) == big
        assert c.call('small') == 'small'


def Every_way_of_framing_HTTP_is_understood():
    event = {'text': 'é' * 3000}
    for style in ({'chunked': True}, {'upper': True}, {'chunked': True, 'upper': True, 'step': 7}, {'step': 1}, {'close': True}):
        with client('any', style=style) as c:
            for _ in range(2):
                assert c.call(event) == event, style


def A_refused_response_does_not_end_the_loop():
    with client('any', style={'status': '413 Payload Too Large'}) as c:
        assert c.call(1) == 1
        assert c.call(2) == 2
        assert '413' in c.output()


def The_wrapper_script_gets_the_command_line():
    wrapper = WORK / 'wrapper'
    wrapper.write_text('#!/bin/sh\necho wrapped\nexec "$@"\n')
    wrapper.chmod(0o644)
    with client('any', env={'AWS_LAMBDA_EXEC_WRAPPER': str(wrapper)}) as c:
        assert c.process.wait(30) == 126
    wrapper.chmod(0o755)
    with client('any', env={'AWS_LAMBDA_EXEC_WRAPPER': str(wrapper)}) as c:
        assert c.call(1) == 1 and 'wrapped' in c.output()
    with client('any', env={'AWS_LAMBDA_EXEC_WRAPPER': '/absent'}) as c:
        assert c.process.wait(30) == 127 and '/absent: does not exist' in c.output()


def JAVA_TOOL_OPTIONS_are_the_functions_to_choose():
    with client('any', env={'JAVA_TOOL_OPTIONS': '-XX:+UseParallelGC -Xmx64m -XX:TieredStopAtLevel=4'}) as c:
        assert c.call(1) == 1


def An_answer_that_is_broken_ends_the_process():
    for raw in (*served.BROKEN, served.OK + b'nocolon\r\n\r\n', served.OK + b'Lambda-Runtime-Deadline-Ms: x\r\nContent-Length: 2\r\n\r\n{}'):
        with client('any', style={'raw': raw}) as c:
            assert c.process.wait(30) == 1, raw
            assert 'The Runtime API is gone' in c.output(), c.output()


def A_Runtime_API_that_goes_away_ends_the_process():
    with client('any') as c:
        c.call(1)
        c.events.put(None)
        assert c.process.wait(30) == 1


def command_of(c):
    return pathlib.Path(f'/proc/{c.process.pid}/cmdline').read_bytes().decode().replace('\0', ' ')


def Variables_and_folder_are_the_same_however_it_was_started():
    told = {}
    was = served.started_ahead
    try:
        for served.started_ahead in (False, True):
            with client('surroundings', framed=True, env={'MINE': 'is ü', 'EMPTY': ''}) as c:
                assert c.is_ahead == served.started_ahead
                told[c.is_ahead] = answer = c.call({})
                for view in ('variables', 'child'):
                    for name in ('AWS_LAMBDA_RUNTIME_API', 'PILOTLIGHT_JAVA', '_', 'SHLVL', 'OLDPWD'):
                        answer[view].pop(name, None)
                    # One exec'd shell more or less.
                    answer[view].pop('PWD', None)
                # Started ahead it stays the program that it was.
                assert ('-Dpilotlight.stem=' in command_of(c)) == c.is_ahead
    finally:
        served.started_ahead = was
    assert told[True] == told[False], told
    assert told[True]['variables']['MINE'] == 'is ü' and told[True]['child']['MINE'] == 'is ü' and told[True]['variables']['EMPTY'] == ''
    assert told[True]['folder'] == told[True]['childFolder'] == str(TASK) and told[True]['found'], told
    assert not any(name.startswith(('PILOTLIGHT_STEM', '_LAMBDA_TELEMETRY')) for name in told[True]['variables']), told


def A_start_ahead_of_need_knows_nothing_of_any_function():
    with client('surroundings', env={'MINE': 'secret'}) as c:
        if not c.is_ahead:
            raise Skip('it is started for its function')
        assert c.call({})['variables']['MINE'] == 'secret'
        started_with = pathlib.Path(f'/proc/{c.process.pid}/environ').read_bytes()
        for absent in (b'secret', b'_HANDLER', b'AWS_LAMBDA_FUNCTION_NAME', b'AWS_ACCESS', b'AWS_SESSION'):
            assert absent not in started_with, started_with


if __name__ == '__main__':
    if not shutil.which('javac'):
        print('skipped everything: javac is missing (apt-get install openjdk-17-jdk-headless)\n0 passed, 0 failed, 1 skipped')
        sys.exit(0)
    try:
        told = subprocess.run(['java', '-version'], capture_output=True, text=True, check=True).stderr
        JAVA_MAJOR = re.search(r'version "(?:1\.)?(\d+)', told)[1]
        HAS_RECORDS = build()
        served.run(sys.modules[__name__])
    finally:
        shutil.rmtree(WORK)
