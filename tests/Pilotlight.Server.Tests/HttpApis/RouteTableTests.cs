using Pilotlight.HttpApis;

namespace Pilotlight.Tests.HttpApis;

/// <summary>Which route a request takes.</summary>
public sealed class RouteTableTests
{
    static readonly string[] s_keys =
    [
        "GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default", "ANY /pets/cat/{id}", "GET /{kind}/bird", "GET /", "POST /pets/dog/{id}/toys",
    ];

    static RouteTable Table(params string[] keys)
    {
        var api = new HttpApi
        {
            AccountId = "000000000000",
            Region = "us-east-1",
            ApiId = "abcdefghij",
            CreatedDate = default,
            Routes = [.. keys.Select(key => new ApiRoute { RouteId = key, RouteKey = key })],
            Stages = [new ApiStage { StageName = "$default", DeploymentId = "d" }],
        };
        return new ServedStage(api, api.Stages[0], api.Snapshot).Routes;
    }

    [Theory]
    [InlineData("GET", "/pets/dog/1", "GET /pets/dog/1")]
    [InlineData("GET", "/pets/dog/2", "GET /pets/dog/{id}", "2")]
    [InlineData("GET", "/pets/cow/1", "GET /pets/{proxy+}", "cow/1")]
    [InlineData("GET", "/pets/cat/7", "ANY /pets/cat/{id}", "7")]
    [InlineData("DELETE", "/pets/cat/7", "ANY /pets/cat/{id}", "7")]
    [InlineData("POST", "/pets/dog/1", "ANY /{proxy+}", "pets/dog/1")]
    [InlineData("POST", "/pets/dog/1/toys", "POST /pets/dog/{id}/toys", "1")]
    [InlineData("GET", "/pets/bird", "GET /{kind}/bird", "pets")]
    [InlineData("GET", "/pets/", "GET /pets/{proxy+}", "")]
    [InlineData("GET", "/pets", "ANY /{proxy+}", "pets")]
    [InlineData("GET", "/", "GET /")]
    [InlineData("PUT", "/", "ANY /{proxy+}", "")]
    [InlineData("GET", "//a", "ANY /{proxy+}", "/a")]
    [InlineData("GET", "/pets/dog/a%2Fb", "GET /pets/dog/{id}", "a%2Fb")]
    [InlineData("GET", "/pets/d%6Fg/1", "GET /pets/dog/1")]
    public void The_most_specific_route_is_taken(string method, string path, string key, params string[] values)
    {
        var found = new List<string>();
        Assert.Equal(key, Table(s_keys).Find(method, path, found)?.Route.RouteKey);
        Assert.Equal(values, found);
    }

    [Theory]
    [InlineData("GET", "/pets/", null)]
    [InlineData("GET", "/pets/1/", null)]
    [InlineData("POST", "/pets/1", null)]
    [InlineData("GET", "/Pets/1", null)]
    public void What_fits_no_route_has_none(string method, string path, string? key) =>
        Assert.Equal(key, Table("GET /pets/{id}").Find(method, path, [])?.Route.RouteKey);

    [Fact]
    public void The_default_route_takes_what_is_left() => Assert.Equal("$default", Table("GET /a", "$default").Find("PURGE", "/b", [])?.Route.RouteKey);
}
