using System.Text.Json.Nodes;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

public sealed class FunctionSettingsTests : IDisposable
{
    static readonly RuntimeOffer[] Offers =
    [
        new("python3.9", RuntimeMatch.Nearest, "3.11.2"), new("python3.11", RuntimeMatch.Exact, "3.11.2"),
        new("python3.14", RuntimeMatch.Nearest, "3.11.2"), new("nodejs18.x", RuntimeMatch.Nearest, "20.20.2"),
        new("nodejs24.x", RuntimeMatch.Nearest, "20.20.2"), new("ruby3.4", RuntimeMatch.Missing),
        new("provided.al2", RuntimeMatch.Exact), new("provided.al2023", RuntimeMatch.Exact),
        new("java8.al2", RuntimeMatch.Exact), new("java21", RuntimeMatch.Exact), new("java11", RuntimeMatch.Exact),
        new("dotnet8", RuntimeMatch.Exact), new("dotnet10", RuntimeMatch.Exact),
    ];

    readonly FolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("python", "python3.11")]
    [InlineData("nodejs", "nodejs24.x")]
    [InlineData("provided", "provided.al2023")]
    [InlineData("java", "java21")]
    [InlineData("dotnet", "dotnet10")]
    public void Takes_the_newest_runtime_that_is_served_exactly(string language, string runtime) =>
        Assert.Equal(runtime, FunctionSettings.NewestRuntime(language, Offers));

    [Fact]
    public void Says_that_the_language_is_not_on_this_machine()
    {
        var refused = Assert.Throws<CliException>(() => FunctionSettings.NewestRuntime("ruby", Offers));

        Assert.Equal(ExitCode.Refused, refused.ExitCode);
    }

    [Fact]
    public void The_file_wins_over_the_code_and_flags_win_over_the_file()
    {
        _folder.File("lambda_function.py", "def lambda_handler(event, context): pass");
        _folder.File("pilotlight.json", """
            { // comments are allowed
              "Handler": "orders.main", "MemorySize": 256, "Timeout": 7, "Environment": { "Variables": { "A": "file", "B": "file" } },
            }
            """);

        var settings = FunctionSettings.Apply(
            FunctionSettings.ReadFile(_folder.Path), new SettingFlags { TimeoutSeconds = 30, Environment = ["A=flag", "C=x=y", "D="] });
        FunctionSettings.Complete(settings, _folder.Path, "orders", Offers);

        var expected = JsonNode.Parse("""
            { "Handler": "orders.main", "MemorySize": 256, "Timeout": 30, "FunctionName": "orders", "Runtime": "python3.11",
              "Environment": { "Variables": { "A": "flag", "B": "file", "C": "x=y", "D": "" } } }
            """);
        Assert.True(JsonNode.DeepEquals(expected, settings), settings.ToJsonString());
    }

    [Fact]
    public void A_runtime_that_is_given_does_not_take_the_handler_of_another_language()
    {
        _folder.File("lambda_function.py", "def lambda_handler(event, context): pass");

        var refused = Assert.Throws<CliException>(
            () => FunctionSettings.Complete(new JsonObject { ["Runtime"] = "java21" }, _folder.Path, "f", Offers));

        Assert.Contains("handler", refused.Message);
    }

    [Fact]
    public void An_empty_folder_is_no_function() => Assert.Equal(
        ExitCode.Usage, Assert.Throws<CliException>(() => FunctionSettings.Complete([], _folder.Path, "f", Offers)).ExitCode);

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"Runtime\":")]
    [InlineData("")]
    [InlineData("\0\u0001")]
    public void A_broken_file_is_named(string content)
    {
        _folder.File("pilotlight.json", content);

        var refused = Assert.Throws<CliException>(() => FunctionSettings.ReadFile(_folder.Path));

        Assert.Contains("pilotlight.json", refused.Message);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Theory]
    [InlineData("NAME")]
    [InlineData("=value")]
    public void An_environment_variable_needs_a_name_and_a_value(string pair) =>
        Assert.Throws<CliException>(() => FunctionSettings.Apply([], new SettingFlags { Environment = [pair] }));

    [Theory]
    [InlineData("/tmp/hello-python", "hello-python")]
    [InlineData("/tmp/hello-python/", "hello-python")]
    [InlineData("/tmp/my function (2)", "my-function--2")]
    [InlineData("/", "function")]
    public void Names_the_function_after_its_folder(string folder, string name) => Assert.Equal(name, FunctionSettings.NameFrom(folder));
}
