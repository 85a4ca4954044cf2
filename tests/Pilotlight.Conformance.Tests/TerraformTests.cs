namespace Pilotlight.Tests;

/// <summary>Terraform against the running platform: apply, an empty plan, a change, destroy. Apart from the other clients, because it takes long.</summary>
public sealed class TerraformTests(ConformanceFixture platform)
{
    /// <summary>The provider takes half a minute to start, six times a test.</summary>
    const int TerraformMilliseconds = 900_000;

    public static IEnumerable<TheoryDataRow<string>> TerraformBuses() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_buses.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformBuckets() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_buckets.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformIam() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_iam.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformQueues() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_queues.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformLambda() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_lambda.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformTopics() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_topics.sh"));

    public static IEnumerable<TheoryDataRow<string>> TerraformHttpApis() => Repository.Cases("/bin/bash", Repository.Suite("terraform", "suite_http_apis.sh"));

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformBuses))]
    public Task Terraform_buses(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_buses.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformBuckets))]
    public Task Terraform_buckets(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_buckets.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformIam))]
    public Task Terraform_iam(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_iam.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformQueues))]
    public Task Terraform_queues(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_queues.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformLambda))]
    public Task Terraform_lambda(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_lambda.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformTopics))]
    public Task Terraform_topics(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_topics.sh"), test, TestContext.Current.CancellationToken);

    [Theory(Timeout = TerraformMilliseconds)]
    [MemberData(nameof(TerraformHttpApis))]
    public Task Terraform_http_apis(string test) => platform.RunAsync("/bin/bash", Repository.Suite("terraform", "suite_http_apis.sh"), test, TestContext.Current.CancellationToken);
}
