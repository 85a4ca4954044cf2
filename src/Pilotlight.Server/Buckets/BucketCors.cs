using System.Globalization;
using System.Xml.Linq;
using Microsoft.Extensions.Primitives;
using Pilotlight.Api;

namespace Pilotlight.Buckets;

/// <summary>https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html and its siblings.</summary>
static class BucketCors
{
    const int MaxRules = 100;
    static readonly string[] s_methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

    public static async ValueTask<AwsResult> Put(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        WholeBody.Check(request);
        var configuration = BucketXml.Read(request, "CORSConfiguration");
        var rules = configuration.Children("CORSRule").ToList();
        if (rules.Count is 0 or > MaxRules || rules.Any(static rule => !rule.Children("AllowedMethod").Any() || !rule.Children("AllowedOrigin").Any()))
            throw BucketErrors.MalformedXml.AsException();
        foreach (var method in rules.SelectMany(static rule => rule.Children("AllowedMethod")).Select(static method => method.Value))
        {
            if (!s_methods.Contains(method))
                throw BucketErrors.InvalidRequest($"Found unsupported HTTP method in CORS config. Unsupported method is {method}").AsException();
        }

        foreach (var origin in rules.SelectMany(static rule => rule.Children("AllowedOrigin")).Select(static origin => origin.Value))
        {
            if (origin.Count(static letter => letter == '*') > 1)
                throw BucketErrors.InvalidRequest($"AllowedOrigin \"{origin}\" can not have more than one wildcard.").AsException();
        }

        if (rules.Any(static rule => rule.Text("MaxAgeSeconds") is { } age && !int.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw BucketErrors.MalformedXml.AsException();
        await services.Store.ChangeAsync(bucket, settings => settings with { Cors = StoredConfigurations.Normalised(configuration) });
        return AwsResult.Empty(200);
    }

    public static ValueTask<AwsResult> Get(AwsRequest request, BucketServices services)
    {
        var bucket = services.Store.Get(request.Address.Bucket);
        return bucket.Settings.Cors is { } cors
            ? StoredConfigurations.Xml(cors)
            : (AwsResult)BucketErrors.Missing("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket.Name);
    }

    /// <summary>A browser's question, which nobody signs: answered from the bucket's rules alone.</summary>
    public static Task AnswerPreflightAsync(HttpContext http, Bucket? bucket)
    {
        var origin = http.Request.Headers.Origin.ToString();
        var method = http.Request.Headers.AccessControlRequestMethod.ToString();
        if (origin.Length == 0 || method.Length == 0)
        {
            return ErrorWriter.WriteAsync(http, AwsService.S3, new AwsError(400, "BadRequest", "Insufficient information. Origin request header needed."));
        }

        var headers = http.Request.Headers.AccessControlRequestHeaders.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var rule = RulesOf(bucket).FirstOrDefault(rule => Matches(rule, origin, method)
            && headers.All(header => rule.Children("AllowedHeader").Any(allowed => Glob(allowed.Value, header, StringComparison.OrdinalIgnoreCase))));
        if (rule is null)
        {
            return ErrorWriter.WriteAsync(http, AwsService.S3, new AwsError(
                403, "AccessForbidden", bucket?.Settings.Cors is null
                    ? "CORSResponse: CORS is not enabled for this bucket."
                    : "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."));
        }

        Write(http, rule, origin);
        if (headers.Length > 0)
            http.Response.Headers.AccessControlAllowHeaders = string.Join(", ", headers).ToLowerInvariant();
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Tells a browser that it may see the answer.</summary>
    public static void Allow(HttpContext http, Bucket? bucket)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && RulesOf(bucket).FirstOrDefault(rule => Matches(rule, origin, http.Request.Method)) is { } rule)
            Write(http, rule, origin);
    }

    static void Write(HttpContext http, XElement rule, string origin)
    {
        var headers = http.Response.Headers;
        var anybody = rule.Children("AllowedOrigin").Any(static allowed => allowed.Value == "*");
        headers.AccessControlAllowOrigin = anybody ? "*" : origin;
        if (!anybody)
            headers.AccessControlAllowCredentials = "true";
        headers.AccessControlAllowMethods = string.Join(", ", rule.Children("AllowedMethod").Select(static method => method.Value));
        if (rule.Children("ExposeHeader").Select(static header => header.Value).ToArray() is { Length: > 0 } exposed)
            headers.AccessControlExposeHeaders = string.Join(", ", exposed);
        if (rule.Text("MaxAgeSeconds") is { } age)
            headers.AccessControlMaxAge = age;
        headers.Vary = new StringValues("Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    }

    static IEnumerable<XElement> RulesOf(Bucket? bucket) => bucket?.Settings.Cors is { } cors ? XElement.Parse(cors).Children("CORSRule") : [];

    static bool Matches(XElement rule, string origin, string method) =>
        rule.Children("AllowedMethod").Any(allowed => allowed.Value == method)
        && rule.Children("AllowedOrigin").Any(allowed => Glob(allowed.Value, origin, StringComparison.Ordinal));

    static bool Glob(string pattern, string text, StringComparison comparison) => pattern.IndexOf('*') is >= 0 and var star
        ? text.Length >= pattern.Length - 1 && text.StartsWith(pattern[..star], comparison) && text.EndsWith(pattern[(star + 1)..], comparison)
        : text.Equals(pattern, comparison);
}
