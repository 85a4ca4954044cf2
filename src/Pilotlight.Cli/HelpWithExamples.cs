using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Pilotlight.Cli;

/// <summary>A command whose help ends with examples to copy.</summary>
sealed class ExampleCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}

/// <summary>The usual help, and the examples of the command below it.</summary>
sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is ExampleCommand { Examples: { Count: > 0 } examples })
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }
        else if (parseResult.CommandResult.Command is RootCommand)
        {
            output.WriteLine("""
                Exit codes:
                  0 success   1 the function answered with an error   2 wrong usage
                  3 the platform cannot be reached or started   4 the platform refused   130 interrupted
                """);
        }

        return 0;
    }
}
