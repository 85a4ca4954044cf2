using System.Text.RegularExpressions;

namespace Pilotlight.Tests.Architecture;

/// <summary>Reads the <c>using</c> lines of the server: a slice uses only what the table in ARCHITECTURE.md lets it use.</summary>
public sealed partial class SliceTests
{
    static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Storage"] = [],
        ["Api"] = ["Iam"],
        ["Identities"] = ["Api", "Storage", "Iam"],
        ["Authentication"] = ["Api", "Identities"],
        ["Authorization"] = ["Api", "Identities", "Storage", "Iam"],
        ["Audit"] = ["Api", "Storage"],
        ["Patterns"] = ["Api"],
        ["Targets"] = ["Api", "Authorization"],
        ["Queues"] = ["Api", "Authorization", "Targets", "Storage", "Iam"],
        ["Buckets"] = ["Api", "Authentication", "Authorization", "Targets", "Storage", "Iam"],
        ["Topics"] = ["Api", "Authorization", "Patterns", "Targets", "Storage", "Iam"],
        ["EventBuses"] = ["Api", "Authorization", "Patterns", "Targets", "Storage", "Iam"],
        ["Streams"] = ["Api", "Authorization", "Targets", "Storage", "Iam"],
        ["Functions"] = ["Api", "Authorization", "Storage", "Iam"],
        ["Logs"] = ["Api", "Authorization", "Targets", "Storage", "Iam"],
        ["Metering"] = ["Api", "Storage"],
        ["Concurrency"] = ["Api", "Functions", "Storage"],
        ["Urls"] = ["Api", "Authentication", "Authorization", "Environments", "Functions", "Iam", "Invocations", "RuntimeApi"],
        ["RuntimeApi"] = ["Api", "Logs", "Sandbox"],
        ["Environments"] = ["Api", "Authorization", "Concurrency", "Functions", "Identities", "RuntimeApi", "Logs", "Sandbox"],
        ["Invocations"] = ["Api", "Authorization", "Functions", "Concurrency", "Environments", "Logs", "Metering", "RuntimeApi", "Storage", "Targets"],
        ["EventSources"] = ["Api", "Authorization", "Environments", "Functions", "Invocations", "Patterns", "Queues", "Streams", "Storage", "Targets", "Iam"],
        ["HttpApis"] = ["Api", "Authentication", "Authorization", "Environments", "Functions", "Iam", "Identities", "Invocations", "RuntimeApi", "Storage", "Urls"],
        ["Administration"] = ["Api", "Audit", "Authentication", "Concurrency", "Environments", "EventSources", "Functions", "Identities", "Invocations", "Logs", "Metering", "Sandbox", "Storage"],
    };

    [Fact]
    public void Slices_use_each_other_only_along_the_arrows()
    {
        var server = Path.Combine(Root(), "src", "Pilotlight.Server");
        var violations = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories(server))
        {
            var slice = Path.GetFileName(folder);
            Assert.True(s_mayUse.ContainsKey(slice), $"{slice} is not in the table of slices.");
            foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            {
                foreach (Match used in UsingLine().Matches(File.ReadAllText(file)))
                {
                    var other = used.Groups[1].Value;
                    if (other != slice && !s_mayUse[slice].Contains(other))
                        violations.Add($"{Path.GetRelativePath(server, file)} uses {other}");
                }
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void The_sandbox_has_never_heard_of_a_function() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Root(), "src", "Pilotlight.Sandbox"), "*.cs", SearchOption.AllDirectories),
        file => UsingServer().IsMatch(File.ReadAllText(file)));

    /// <summary>What decides reads nothing but its arguments, and waits for nobody.</summary>
    [Fact]
    public void The_policy_language_does_no_input_or_output_and_never_awaits() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Root(), "src", "Pilotlight.Iam"), "*.cs", SearchOption.AllDirectories),
        file => ImpureWords().IsMatch(File.ReadAllText(file)));

    internal static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pilotlight.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Not in a checkout.");
    }

    [GeneratedRegex(@"^using (?:static )?Pilotlight\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"\b(await|async|Task|File|Console|HttpClient|Socket|TimeProvider|Environment|Process|Thread|using Pilotlight)\b")]
    private static partial Regex ImpureWords();

    [GeneratedRegex(@"^using Pilotlight\.(Functions|Environments|Invocations)", RegexOptions.Multiline)]
    private static partial Regex UsingServer();
}
