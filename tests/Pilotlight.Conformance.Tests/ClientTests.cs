namespace Pilotlight.Tests;

/// <summary>Real clients against the running platform: each case is a script of its suite, in that client's own language.</summary>
public sealed class ClientTests(ConformanceFixture platform)
{
    const int LimitMilliseconds = 300_000;

    const string Python = "/usr/bin/python3";

    /// <summary>Where the system's boto3 is older than SQS's json protocol, the first on the path may be newer.</summary>
    const string NewestPython = "python3";

    public static IEnumerable<TheoryDataRow<string>> Functions() => Repository.Cases(Python, Repository.Suite("boto3", "suite_functions.py"));

    public static IEnumerable<TheoryDataRow<string>> Versions() => Repository.Cases(Python, Repository.Suite("boto3", "suite_versions.py"));

    public static IEnumerable<TheoryDataRow<string>> Layers() => Repository.Cases(Python, Repository.Suite("boto3", "suite_layers.py"));

    public static IEnumerable<TheoryDataRow<string>> Extensions() => Repository.Cases(Python, Repository.Suite("boto3", "suite_extensions.py"));

    public static IEnumerable<TheoryDataRow<string>> Logs() => Repository.Cases(Python, Repository.Suite("boto3", "suite_logs.py"));

    public static IEnumerable<TheoryDataRow<string>> QueuesByQuery() => Repository.Cases(Python, Repository.Suite("boto3", "suite_queues.py"));

    public static IEnumerable<TheoryDataRow<string>> QueuesByJson() => Repository.Cases(NewestPython, Repository.Suite("boto3", "suite_queues.py"));

    public static IEnumerable<TheoryDataRow<string>> Iam() => Repository.Cases(Python, Repository.Suite("boto3", "suite_iam.py"));

    public static IEnumerable<TheoryDataRow<string>> Sts() => Repository.Cases(Python, Repository.Suite("boto3", "suite_sts.py"));

    public static IEnumerable<TheoryDataRow<string>> Buses() => Repository.Cases(Python, Repository.Suite("boto3", "suite_buses.py"));

    public static IEnumerable<TheoryDataRow<string>> Buckets() => Repository.Cases(Python, Repository.Suite("boto3", "suite_buckets.py"));

    public static IEnumerable<TheoryDataRow<string>> Topics() => Repository.Cases(Python, Repository.Suite("boto3", "suite_topics.py"));

    public static IEnumerable<TheoryDataRow<string>> Hostile() => Repository.Cases(Python, Repository.Suite("boto3", "suite_hostile.py"));

    public static IEnumerable<TheoryDataRow<string>> Runtimes() => Repository.Cases(Python, Repository.Suite("boto3", "suite_runtimes.py"));

    public static IEnumerable<TheoryDataRow<string>> Stems() => Repository.Cases(Python, Repository.Suite("boto3", "suite_stems.py"));

    public static IEnumerable<TheoryDataRow<string>> Urls() => Repository.Cases(Python, Repository.Suite("boto3", "suite_urls.py"));

    public static IEnumerable<TheoryDataRow<string>> HttpApis() => Repository.Cases(Python, Repository.Suite("boto3", "suite_http_apis.py"));

    public static IEnumerable<TheoryDataRow<string>> Streaming() => Repository.Cases(Python, Repository.Suite("boto3", "suite_streaming.py"));

    public static IEnumerable<TheoryDataRow<string>> JavaScriptStreaming() => Repository.Cases("node", Repository.Suite("js", "suite_streaming.mjs"));

    public static IEnumerable<TheoryDataRow<string>> Streams() => Repository.Cases(Python, Repository.Suite("boto3", "suite_streams.py"));

    public static IEnumerable<TheoryDataRow<string>> Concurrency() => Repository.Cases(Python, Repository.Suite("boto3", "suite_concurrency.py"));

    public static IEnumerable<TheoryDataRow<string>> CommandLine() => Repository.Cases("/bin/bash", Repository.Suite("cli", "suite.sh"));

    public static IEnumerable<TheoryDataRow<string>> JavaScript() => Repository.Cases("node", Repository.Suite("js", "suite.mjs"));

    public static IEnumerable<TheoryDataRow<string>> Events() => Repository.Cases(Python, Repository.Suite("boto3", "suite_events.py"));

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Events))]
    public Task Boto3_events(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_events.py"), test, TestContext.Current.CancellationToken);

    public static IEnumerable<TheoryDataRow<string>> Sources() => Repository.Cases(Python, Repository.Suite("boto3", "suite_sources.py"));

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Sources))]
    public Task Boto3_sources(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_sources.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Functions))]
    public Task Boto3_functions(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_functions.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Versions))]
    public Task Boto3_versions(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_versions.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Layers))]
    public Task Boto3_layers(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_layers.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Extensions))]
    public Task Boto3_extensions(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_extensions.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Logs))]
    public Task Boto3_logs(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_logs.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Hostile))]
    public Task Boto3_hostile_functions(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_hostile.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Runtimes))]
    public Task Boto3_runtimes(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_runtimes.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Stems))]
    public Task Boto3_stems(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_stems.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Streams))]
    public Task Boto3_streams(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_streams.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Concurrency))]
    public Task Boto3_concurrency(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_concurrency.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(CommandLine))]
    public Task Aws_command_line(string test) => platform.RunAsync("/bin/bash", Repository.Suite("cli", "suite.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(JavaScript))]
    public Task Aws_sdk_for_javascript(string test) => platform.RunAsync("node", Repository.Suite("js", "suite.mjs"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Urls))]
    public Task Boto3_function_urls(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_urls.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Streaming))]
    public Task Boto3_streaming(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_streaming.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(JavaScriptStreaming))]
    public Task Aws_sdk_for_javascript_streaming(string test) => platform.RunAsync("node", Repository.Suite("js", "suite_streaming.mjs"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(QueuesByQuery))]
    public Task Boto3_queues_by_query(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_queues.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(QueuesByJson))]
    public Task Boto3_queues_by_json(string test) => platform.RunAsync(NewestPython, Repository.Suite("boto3", "suite_queues.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Iam))]
    public Task Boto3_iam(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_iam.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Sts))]
    public Task Boto3_sts(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_sts.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Topics))]
    public Task Boto3_topics(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_topics.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Buckets))]
    public Task Boto3_buckets(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_buckets.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(Buses))]
    public Task Boto3_buses(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_buses.py"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = LimitMilliseconds)]
    [MemberData(nameof(HttpApis))]
    public Task Boto3_http_apis(string test) => platform.RunAsync(Python, Repository.Suite("boto3", "suite_http_apis.py"), test, TestContext.Current.CancellationToken);
}
