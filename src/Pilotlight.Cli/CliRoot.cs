using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;

namespace Pilotlight.Cli;

/// <summary>The command line: from the arguments to an exit code.</summary>
public static class CliRoot
{
    /// <summary>Runs one command to its end. SIGINT and SIGTERM cancel it.</summary>
    public static async Task<int> RunAsync(string[] args, CliHost host)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return await RunAsync(args, host, Terminal.OfThisProcess(), stop.Token);

        // The second signal takes its usual effect: whoever sends it does not want to wait.
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    internal static async Task<int> RunAsync(string[] args, CliHost host, Terminal terminal, CancellationToken cancellation)
    {
        var parsed = Create(host, terminal).Parse(
            args.Length == 0 ? ["--help"] : args,
            // A leading @ is ours to read: it names the file of an event.
            new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Errors is [var error, ..] && parsed.Action is not HelpWithExamples)
        {
            var command = parsed.CommandResult.Command;
            var path = command is RootCommand ? "" : $"{command.Name} ";
            return Fail(terminal, CliException.Usage(error.Message.TrimEnd('.'), $"see: ./pilotlight {path}--help"));
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                    Output = terminal.Out,
                    Error = terminal.Error,
                },
                cancellation);
        }
        catch (CliException failed)
        {
            return Fail(terminal, failed);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException failed)
        {
            return Fail(terminal, new CliException(ExitCode.Unreachable, failed.Message));
        }
        catch (UnauthorizedAccessException failed)
        {
            return Fail(terminal, new CliException(ExitCode.Unreachable, failed.Message));
        }
    }

    internal static RootCommand Create(CliHost host, Terminal terminal)
    {
        var root = new RootCommand("Pilotlight runs AWS Lambda functions on machines of your own.")
        {
            UpCommand.Create(host),
            RunCommand.Create(host, terminal),
            DeployCommand.Create(host, terminal),
            InvokeCommand.Create(terminal),
            LogsCommand.Create(terminal),
            PsCommand.Create(terminal),
            UsageCommand.Create(terminal),
            EventsCommand.Create(terminal),
            AccountCommand.Create(terminal),
            WhyCommand.Create(terminal),
            ResetCommand.Create(terminal),
            DoctorCommand.Create(host, terminal),
            RuntimeCommand.Create(host, terminal),
            SignCommand.Create(terminal),
            VersionCommand.Create(terminal),
            ForLauncher("test", "Run every test; --fast leaves out what needs other tools and the kernel.", terminal),
            ForLauncher("bench", "Run the benchmarks; a table, and JSON beside it.", terminal),
        };
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        foreach (var option in root.Options.OfType<VersionOption>())
            option.Action = new VersionCommand.Action(terminal);
        return root;
    }

    /// <summary>The script ./pilotlight carries these out before this program is even built.</summary>
    static Command ForLauncher(string name, string description, Terminal terminal)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(_ => Fail(terminal, CliException.Usage($"'{name}' is carried out by the launcher: ./pilotlight {name}")));
        return command;
    }

    static int Fail(Terminal terminal, CliException failed)
    {
        terminal.Say($"{terminal.Emphasis("error:")} {Terminal.Printable(failed.Message.ReplaceLineEndings(" "))}");
        if (failed.Hint is { } hint)
            terminal.Say($"  {Terminal.Printable(hint)}");
        return failed.ExitCode;
    }
}
