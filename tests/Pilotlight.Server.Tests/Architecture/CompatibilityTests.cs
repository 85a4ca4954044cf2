using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Pilotlight.Api;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Architecture;

/// <summary>docs/compatibility.md lists every operation that the server answers, and none that it does not.</summary>
public sealed partial class CompatibilityTests
{
    [Fact]
    public async Task The_table_names_exactly_the_operations_that_are_served()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(process => process.ServeAsync((_, payload) => payload)));
        var served = server.Platform.Services.GetRequiredService<OperationRegistry>().All
            .Select(operation => (operation.Service.Name, operation.Name)).ToHashSet();
        var text = await File.ReadAllTextAsync(Path.Combine(SliceTests.Root(), "docs", "compatibility.md"));
        var documented = new HashSet<(string, string)>();
        foreach (var (heading, service) in new[] { ("## AWS Lambda", "lambda"), ("## CloudWatch Logs", "logs"), ("## IAM", "iam"), ("## STS", "sts"), ("## Pilotlight", "pilotlight"), ("## CloudTrail", "cloudtrail"),
            ("## SQS", "sqs"), ("## S3", "s3"), ("## SNS", "sns"), ("## EventBridge", "events"), ("## Scheduler", "scheduler"), ("## Kinesis", "kinesis"),
            ("## API Gateway", "apigateway") })
        {
            var start = text.IndexOf(heading, StringComparison.Ordinal);
            var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
            foreach (Match row in Row().Matches(text[start..(end < 0 ? text.Length : end)]))
                documented.Add((service, row.Groups[1].Value));
        }

        Assert.Equal(served.Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| (\w+)(?: \(Logs\))? \| (?:full|partial) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
