using System.Text;
using Pilotlight.Cli;

namespace Pilotlight.Tests.Cli;

public sealed class EventArgumentTests
{
    [Theory]
    [InlineData(null, "{}")]
    [InlineData("""{"name":"Ada"}""", """{"name":"Ada"}""")]
    [InlineData("null", "null")]
    [InlineData(" [1, 2] ", " [1, 2] ")]
    [InlineData("\"text\"", "\"text\"")]
    public async Task Takes_any_JSON_as_it_stands(string? argument, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(await EventArgument.ReadAsync(argument, Stream.Null, default)));

    [Fact]
    public async Task Reads_standard_input()
    {
        using var input = new MemoryStream("[1]"u8.ToArray());

        Assert.Equal("[1]"u8.ToArray(), await EventArgument.ReadAsync("-", input, default));
    }

    [Fact]
    public async Task Reads_a_file()
    {
        using var folder = new FolderFixture();

        Assert.Equal("[1]"u8.ToArray(), await EventArgument.ReadAsync("@" + folder.File("event.json", "[1]"), Stream.Null, default));
    }

    [Theory]
    [InlineData("{name:Ada}")]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("\u0087")]
    [InlineData("-")]
    [InlineData("@/no/such/file")]
    [InlineData("@")]
    public async Task Refuses_what_is_no_JSON_as_wrong_usage(string argument)
    {
        var refused = await Assert.ThrowsAsync<CliException>(() => EventArgument.ReadAsync(argument, Stream.Null, default));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }
}
