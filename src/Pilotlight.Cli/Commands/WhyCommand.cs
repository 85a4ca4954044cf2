using System.CommandLine;

namespace Pilotlight.Cli;

static class WhyCommand
{
    public static Command Create(Terminal terminal)
    {
        var principal = new Argument<string>("PRINCIPAL")
        {
            Description = "ARN of a user, role, session or root; or an account's number, a service such as s3.amazonaws.com, * for everybody",
        };
        var action = new Argument<string>("ACTION") { Description = "Such as lambda:InvokeFunction" };
        var resource = new Argument<string>("RESOURCE") { Description = "ARN, or * for an action that knows no resources" };
        var context = new Option<string[]>("--context")
        {
            Description = "A condition key of the request, such as aws:SourceIp=192.0.2.1; as often as needed",
            HelpName = "KEY=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = new Option<bool>("--json") { Description = "Print the decision as JSON" };
        var command = new ExampleCommand(
            "why",
            "Explain what permissions decide: whether a principal may do an action on a resource, and which policy says so.",
            "./pilotlight why arn:aws:iam::000000000000:user/ada lambda:InvokeFunction arn:aws:lambda:us-east-1:000000000000:function:hello",
            "./pilotlight why s3.amazonaws.com lambda:InvokeFunction arn:aws:lambda:us-east-1:000000000000:function:hello --context aws:SourceArn=arn:aws:s3:::photos")
        {
            principal, action, resource, context, json,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            var query = new List<(string Name, string Value)>
            {
                ("principal", result.GetValue(principal)!), ("action", result.GetValue(action)!), ("resource", result.GetValue(resource)!),
            };
            query.AddRange((result.GetValue(context) ?? []).Select(pair => ("context", pair)));
            var path = "/_pilotlight/why?" + string.Join('&', query.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));
            using var client = connection.Connect(result, terminal);
            var answer = (await client.SendAsync("pilotlight", HttpMethod.Get, path, null, cancellation)).Json();
            if (result.GetValue(json))
            {
                terminal.Out.WriteLine(answer.GetRawText());
                return ExitCode.Success;
            }

            foreach (var line in answer.GetProperty("Explanation").EnumerateArray())
                terminal.Out.WriteLine(Terminal.Printable(line.GetString() ?? ""));
            return ExitCode.Success;
        });
        return command;
    }
}
