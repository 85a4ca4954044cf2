using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

static class AccountCommand
{
    const string Path = "/_pilotlight/accounts";

    static readonly string[] Columns = ["ACCOUNT", "NAME", "CREATED"];

    public static Command Create(Terminal terminal) => new ExampleCommand(
        "account", "The accounts of a running platform.", "./pilotlight account create 111122223333", "./pilotlight account list")
    {
        CreateAccount(terminal), CreateKey(terminal), List(terminal),
    };

    static Command CreateAccount(Terminal terminal)
    {
        var id = new Argument<string?>("ID") { Description = "12 digits; drawn when left out", Arity = ArgumentArity.ZeroOrOne };
        var name = new Option<string?>("--name") { Description = "What you call it" };
        var command = new ExampleCommand(
            "create", "Make an account, and print the key of its root: its secret is shown this once.",
            "./pilotlight account create", "./pilotlight account create 111122223333 --name sandbox")
        {
            id, name,
        };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            var body = new JsonObject();
            if (result.GetValue(id) is { } wanted)
                body["AccountId"] = wanted;
            if (result.GetValue(name) is { } called)
                body["Name"] = called;
            using var client = connection.Connect(result, terminal);
            var answer = await client.SendAsync(
                "pilotlight", HttpMethod.Post, Path, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), cancellation);
            PrintKey(terminal, answer.Json());
            return ExitCode.Success;
        });
        return command;
    }

    static Command CreateKey(Terminal terminal)
    {
        var id = new Argument<string>("ID") { Description = "The account" };
        var command = new ExampleCommand("key", "Make one more root key for an account, and print it.", "./pilotlight account key 111122223333") { id };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var answer = await client.SendAsync(
                "pilotlight", HttpMethod.Post, $"{Path}/{Uri.EscapeDataString(result.GetValue(id)!)}/keys", null, cancellation);
            PrintKey(terminal, answer.Json());
            return ExitCode.Success;
        });
        return command;
    }

    static Command List(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print the accounts as JSON" };
        var command = new ExampleCommand("list", "List the accounts.", "./pilotlight account list") { json };
        var connection = new ConnectionOptions(command);
        command.SetAction(async (result, cancellation) =>
        {
            using var client = connection.Connect(result, terminal);
            var answer = (await client.SendAsync("pilotlight", HttpMethod.Get, Path, null, cancellation)).Json();
            if (result.GetValue(json))
                terminal.Out.WriteLine(answer.GetRawText());
            else
                terminal.Table(Columns, answer.GetProperty("Accounts").EnumerateArray().Select(Row));
            return ExitCode.Success;
        });
        return command;
    }

    static string[] Row(JsonElement account) =>
        [LambdaClient.Text(account, "AccountId") ?? "-", LambdaClient.Text(account, "Name") ?? "-", LambdaClient.Text(account, "CreatedAt") ?? "-"];

    /// <summary>As lines that a shell can evaluate.</summary>
    static void PrintKey(Terminal terminal, JsonElement account)
    {
        terminal.Say($"account {LambdaClient.Text(account, "AccountId")}; its root key, shown once:");
        terminal.Out.WriteLine($"export AWS_ACCESS_KEY_ID={LambdaClient.Text(account, "AccessKeyId")}");
        terminal.Out.WriteLine($"export AWS_SECRET_ACCESS_KEY={LambdaClient.Text(account, "SecretAccessKey")}");
    }
}
