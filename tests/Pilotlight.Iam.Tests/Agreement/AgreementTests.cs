using System.Diagnostics;

namespace Pilotlight.Iam.Tests.Agreement;

/// <summary>
/// Our evaluator against an independent one, <c>@cloud-copilot/iam-simulate</c>. Where they differ, a deviation of that tool explains it
/// (deviations.md, each with AWS's page that says so), or ours is wrong and the test fails.
/// </summary>
public sealed class AgreementTests(ITestOutputHelper output)
{
    const int Cases = 24_000;

    [Fact]
    public async Task Decides_as_iam_simulate_does_in_twenty_thousand_cases()
    {
        if (Environment.GetEnvironmentVariable("PILOTLIGHT_FAST") == "1")
            Assert.Skip("left to the whole of ./pilotlight test: it takes half a minute");
        var folder = Path.Combine(Checkout.Root, "tests", "Pilotlight.Iam.Tests", "Agreement");
        if (!await TryPrepareAsync(folder))
            Assert.Skip("Node.js or npm is not on this machine, or the evaluator to compare with could not be installed.");
        var generator = new CaseGenerator(seed: 20251125);
        var cases = Enumerable.Range(0, Cases).Select(_ => generator.Next()).ToArray();
        var decided = cases.Select(test => test.Ours()).ToArray();
        var theirs = await AskAsync(folder, cases);
        Assert.Equal(cases.Length, theirs.Length);

        var agreed = new Dictionary<Outcome, int>();
        var disagreed = new List<int>();
        for (var index = 0; index < cases.Length; index++)
        {
            var outcome = decided[index].Decision.Outcome;
            if (Name(outcome) == theirs[index])
                agreed[outcome] = agreed.GetValueOrDefault(outcome) + 1;
            else
                disagreed.Add(index);
        }

        var reasons = await ExplainAsync(folder, [.. disagreed.Select(index => cases[index])]);
        foreach (var (name, count) in agreed.Select(pair => (Name(pair.Key), pair.Value)).Concat(reasons.GroupBy(reason => reason ?? "unexplained").Select(group => (group.Key, group.Count()))))
            output.WriteLine($"{count,6} {name}");
        var unexplained = disagreed.Where((_, at) => reasons[at] is null).ToArray();
        foreach (var index in unexplained.Take(20))
            output.WriteLine($"#{index} ours {decided[index].Decision.Outcome} by {decided[index].Decision.DecidedBy}, theirs {theirs[index]}: {cases[index].ToJson()}");
        Assert.Empty(unexplained);
        Assert.True(agreed.Values.Sum() >= 20_000, $"only {agreed.Values.Sum()} cases agree");
        // A generator whose cases are all refused would prove nothing.
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.True(agreed.GetValueOrDefault(outcome) > Cases / 10, $"{outcome}: {agreed.GetValueOrDefault(outcome)}"));
        Assert.All(reasons.SelectMany(reason => reason!.Split('+')).Distinct(), name => Assert.Contains($"## {name}\n", File.ReadAllText(Path.Combine(folder, "deviations.md"))));
    }

    /// <summary>For each case the name of the deviation (or of several) without which both agree, or null.</summary>
    static async Task<string?[]> ExplainAsync(string folder, IReadOnlyList<AgreementCase> cases)
    {
        var tries = new List<(int At, string Name, AgreementCase Test)>();
        for (var at = 0; at < cases.Count; at++)
        {
            var present = Deviation.All.Where(deviation => deviation.Without(cases[at]) is not null).ToArray();
            foreach (var deviation in present)
                tries.Add((at, deviation.Name, deviation.Without(cases[at])!));
            // Two at once, and last all at once: each edit sees what the one before it left.
            foreach (var several in present.SelectMany((one, index) => present.Skip(index + 1).Select(other => new[] { one, other })).Append(present).Where(several => several.Length > 1))
                tries.Add((at, string.Join('+', several.Select(deviation => deviation.Name)), several.Aggregate(cases[at], (test, deviation) => deviation.Without(test) ?? test)));
        }

        var theirs = await AskAsync(folder, [.. tries.Select(attempt => attempt.Test)]);
        var reasons = new string?[cases.Count];
        for (var index = tries.Count - 1; index >= 0; index--)
        {
            if (Name(tries[index].Test.Ours().Decision.Outcome) == theirs[index])
                reasons[tries[index].At] = tries[index].Name;
        }

        return reasons;
    }

    static string Name(Outcome outcome) => outcome switch
    {
        Outcome.Allowed => "Allowed",
        Outcome.ExplicitDeny => "ExplicitlyDenied",
        _ => "ImplicitlyDenied",
    };

    static async Task<bool> TryPrepareAsync(string folder)
    {
        try
        {
            if (!Directory.Exists(Path.Combine(folder, "node_modules", "@cloud-copilot")))
                await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--silent"], folder, null);
            return (await RunAsync("node", ["--version"], folder, null)).Length > 0;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    static async Task<string[]> AskAsync(string folder, IReadOnlyList<AgreementCase> cases)
    {
        var answers = await RunAsync("node", ["evaluate.mjs"], folder, cases);
        return answers.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static async Task<string> RunAsync(string program, string[] arguments, string folder, IReadOnlyList<AgreementCase>? cases)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var answers = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var test in cases ?? [])
            await process.StandardInput.WriteLineAsync(test.ToJson());
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? await answers : throw new InvalidOperationException($"{program} failed: {await errors}");
    }
}
