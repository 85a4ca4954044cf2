namespace Pilotlight.Cli;

/// <summary>Shows a function's log while it runs, and ends with the REPORT line of its invocation.</summary>
sealed class RunLog(LogsClient logs, FunctionPackage package, Terminal terminal, bool silent, IDisposable progress)
{
    readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Waits for the answer, then for its REPORT as long as <paramref name="patience"/> lasts; then the answer's own tail will do.</summary>
    public async Task<InvokeAnswer> FollowAsync(Task<InvokeAnswer> invocation, TimeSpan patience, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var following = FollowLinesAsync(reported, stop.Token);
        try
        {
            var answer = await invocation;
            await Task.WhenAny(reported.Task, following, Task.Delay(patience, terminal.Time, stop.Token));
            await stop.CancelAsync();
            await following;
            if (!reported.Task.IsCompleted && answer.LogTail is { } tail)
                ShowTail(tail);
            return answer;
        }
        finally
        {
            await stop.CancelAsync();
            await following;
        }
    }

    async Task FollowLinesAsync(TaskCompletionSource reported, CancellationToken cancellation)
    {
        try
        {
            var group = package.Settings["LoggingConfig"]?["LogGroup"]?.ToString() ?? LogsClient.GroupOf(package.Name);
            await foreach (var line in logs.FollowAsync(group, DateTimeOffset.UnixEpoch, null, cancellation))
            {
                Show(line.Message);
                if (IsReport(line.Message))
                    reported.TrySetResult();
            }
        }
        catch (OperationCanceledException)
        {
            // The answer is there, and so is its report: nothing more will come.
        }
        catch (CliException)
        {
            // Without the log the answer is still worth showing, and its tail comes with it.
        }
    }

    void ShowTail(string tail)
    {
        foreach (var line in tail.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!_lines.Contains(line.TrimEnd('\r')))
                Show(line.TrimEnd('\r'));
        }
    }

    void Show(string message)
    {
        _lines.Add(message);
        if (silent)
            return;
        progress.Dispose();
        if (IsReport(message) || message.StartsWith("START RequestId: ", StringComparison.Ordinal)
            || message.StartsWith("END RequestId: ", StringComparison.Ordinal) || message.StartsWith("INIT_START ", StringComparison.Ordinal))
        {
            terminal.Aside(message);
        }
        else
        {
            terminal.Log(message);
        }
    }

    /// <summary>In the text format, and as the JSON format's <c>platform.report</c>.</summary>
    static bool IsReport(string message) =>
        message.StartsWith("REPORT RequestId: ", StringComparison.Ordinal)
        || (message.StartsWith('{') && message.Contains("\"platform.report\"", StringComparison.Ordinal));
}
