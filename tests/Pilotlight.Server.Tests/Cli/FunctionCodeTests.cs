using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

public sealed class FunctionCodeTests : IDisposable
{
    readonly FolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lambda_function.py", "def lambda_handler(event, context):\n    return 1\n", "python", "lambda_function.lambda_handler")]
    [InlineData("lambda_function.py", "def handler(event, context): pass", "python", "lambda_function.handler")]
    [InlineData("lambda_function.py", "print('no handler in here')", "python", "lambda_function.lambda_handler")]
    [InlineData("app.py", "import json\n\ndef handler(event, context):\n    pass\n", "python", "app.handler")]
    [InlineData("main.py", "handler = make_handler()\n", "python", "main.handler")]
    [InlineData("orders.py", "def lambda_handler(event, context): pass", "python", "orders.lambda_handler")]
    [InlineData("index.mjs", "export const handler = async (event) => event;", "nodejs", "index.handler")]
    [InlineData("index.mjs", "export async function handler(event) { return event }", "nodejs", "index.handler")]
    [InlineData("index.js", "exports.handler = (event, context, callback) => callback(null, 1)", "nodejs", "index.handler")]
    [InlineData("app.cjs", "module.exports = { lambdaHandler }", "nodejs", "app.lambdaHandler")]
    [InlineData("index.mjs", "const handler = 1;\nexport { handler };", "nodejs", "index.handler")]
    [InlineData("index.js", "console.log('none')", "nodejs", "index.handler")]
    [InlineData("lambda_function.rb", "def lambda_handler(event:, context:)\nend", "ruby", "lambda_function.lambda_handler")]
    [InlineData("greet.rb", "def handler(event:, context:)\nend", "ruby", "greet.handler")]
    [InlineData("bootstrap", "#!/bin/sh\n", "provided", "bootstrap")]
    [InlineData("Hello.runtimeconfig.json", "{}", "dotnet", "Hello")]
    [InlineData("lib/hello.jar", "", "java", null)]
    [InlineData("example/Hello.class", "", "java", null)]
    public void Tells_language_and_handler(string file, string content, string language, string? handler)
    {
        _folder.File(file, content);

        Assert.Equal(new CodeFinding(language, handler), FunctionCode.Find(_folder.Path));
    }

    [Fact]
    public void Finds_nothing_in_a_folder_of_other_things()
    {
        _folder.File("README.md", "def handler(event, context)");

        Assert.Null(FunctionCode.Find(_folder.Path));
    }

    [Fact]
    public void A_bootstrap_wins_over_scripts_beside_it()
    {
        _folder.File("bootstrap", "#!/usr/bin/python3\n");
        _folder.File("lambda_function.py", "def lambda_handler(event, context): pass");

        Assert.Equal("provided", FunctionCode.Find(_folder.Path)?.Language);
    }

    [Fact]
    public void Prefers_the_file_that_has_a_handler()
    {
        _folder.File("handler.py", "VALUE = 1\n");
        _folder.File("main.py", "def handler(event, context): pass\n");

        Assert.Equal("main.handler", FunctionCode.Find(_folder.Path)?.Handler);
    }

    [Fact]
    public void Does_not_guess_between_two_scripts()
    {
        _folder.File("one.py", "def handler(event, context): pass\n");
        _folder.File("two.py", "def handler(event, context): pass\n");

        Assert.Equal(new CodeFinding("python", null), FunctionCode.Find(_folder.Path));
    }
}
