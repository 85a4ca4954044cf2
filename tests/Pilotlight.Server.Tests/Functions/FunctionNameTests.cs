using Microsoft.AspNetCore.Http;
using Pilotlight.Api;
using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class FunctionNameTests
{
    [Theory]
    [InlineData("f", null, null, "f", null)]
    [InlineData("f:1", null, null, "f", "1")]
    [InlineData("f:$LATEST", null, null, "f", "$LATEST")]
    [InlineData("function", null, null, "function", null)]
    [InlineData("function:f", null, null, "f", null)]
    [InlineData("function:f:prod", null, null, "f", "prod")]
    [InlineData("function:function", null, null, "function", null)]
    [InlineData("123456789012:function:f", null, "123456789012", "f", null)]
    [InlineData("123456789012:f", null, "123456789012", "f", null)]
    [InlineData("123456789012", null, null, "123456789012", null)]
    [InlineData("eu-central-1:123456789012:function:f:2", "eu-central-1", "123456789012", "f", "2")]
    [InlineData("my-function-1:live", null, null, "my-function-1", "live")]
    [InlineData("us-gov-west-1:123456789012:function:f", "us-gov-west-1", "123456789012", "f", null)]
    [InlineData("arn:aws:lambda:eu-central-1:123456789012:function:f", "eu-central-1", "123456789012", "f", null)]
    [InlineData("arn:aws:lambda:eusc-de-east-1:123456789012:function:f:prod", "eusc-de-east-1", "123456789012", "f", "prod")]
    public void Takes_a_name_apart(string text, string? region, string? account, string name, string? qualifier)
    {
        Assert.Equal(new FunctionName(region, account, name, qualifier), FunctionName.Parse(text));
    }

    [Theory]
    [InlineData("f", null, null)]
    [InlineData("f", "prod", "prod")]
    [InlineData("f:prod", null, "prod")]
    [InlineData("f:prod", "prod", "prod")]
    [InlineData("f:prod", "", "prod")]
    public void The_qualifier_comes_from_the_name_or_the_query(string text, string? query, string? qualifier)
    {
        Assert.Null(FunctionName.Resolve(Request(), text, query, out var reference));

        Assert.Equal(("f", qualifier), (reference.Name, reference.Qualifier));
    }

    [Theory]
    [InlineData("f:prod", "test", 400, "The derived qualifier from the function name does not match the specified qualifier.")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:f", null, 404, "Functions from 'us-east-1' are not reachable in this region ('eu-central-1')")]
    [InlineData("arn:aws:lambda:us-east-1:999999999999:function:f:a", "b", 404, "Functions from 'us-east-1' are not reachable in this region ('eu-central-1')")]
    [InlineData("999999999999:function:f:a", "b", 403, "")]
    public void Is_refused_in_the_order_region_account_qualifier(string text, string? query, int status, string message)
    {
        var refused = FunctionName.Resolve(Request(), text, query, out _);

        Assert.Equal((status, message), (refused!.Status, refused.Message));
    }

    [Fact]
    public void Is_not_found_in_three_ways()
    {
        var reference = new FunctionReference("123456789012", "eu-central-1", "f", null);
        const string arn = "Function not found: arn:aws:lambda:eu-central-1:123456789012:function:f";

        Assert.Equal(arn, reference.NotFound.Message);
        Assert.Equal($"{arn}:$LATEST", reference.NotFoundByInvoke.Message);
        var qualified = reference with { Qualifier = "7" };
        Assert.Equal((arn + ":7", arn + ":7", arn), (qualified.NotFound.Message, qualified.NotFoundByInvoke.Message, qualified.NotFoundUnqualified.Message));
    }

    [Fact]
    public void Authorization_judges_the_ARN_that_was_asked_for()
    {
        Assert.Equal("arn:aws:lambda:eu-central-1:123456789012:function:f", FunctionName.ResourceOf(Request(), "f", null));
        Assert.Equal("arn:aws:lambda:eu-central-1:123456789012:function:f:7", FunctionName.ResourceOf(Request(), "f", "7"));
        Assert.Equal("arn:aws:lambda:us-east-1:999999999999:function:f:a", FunctionName.ResourceOf(Request(), "arn:aws:lambda:us-east-1:999999999999:function:f:a", null));
    }

    static AwsRequest Request() =>
        new(new DefaultHttpContext(), new AwsOperation(AwsService.Lambda, "AddPermission", _ => AwsResult.EmptyObject), "id")
        {
            Caller = new Caller { AccountId = FunctionsServer.Account, Arn = "", UserId = "", Kind = CallerKind.Root },
            Region = FunctionsServer.Region,
        };
}
