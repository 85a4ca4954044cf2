using System.Text;
using Pilotlight.Api;
using Pilotlight.Buckets;

namespace Pilotlight.Tests.Buckets;

/// <summary>The small parts, each alone.</summary>
public sealed class BucketPartsTests
{
    [Theory]
    [InlineData("bytes=0-3", 0, 4)]
    [InlineData("bytes=5-", 5, 5)]
    [InlineData("bytes=-3", 7, 3)]
    [InlineData("bytes=-99", 0, 10)]
    [InlineData("bytes=8-99999999999999999999999", 8, 2)]
    public void A_range_is_cut_to_the_body(string header, long start, long length)
    {
        Assert.Equal(new ByteRange(start, length), ByteRange.Of(header, 10, out var isSatisfiable));
        Assert.True(isSatisfiable);
    }

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999999-")]
    public void A_range_outside_of_the_body_cannot_be_satisfied(string header)
    {
        Assert.Null(ByteRange.Of(header, 10, out var isSatisfiable));
        Assert.False(isSatisfiable);
    }

    [Theory]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=3-1")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("items=0-1")]
    [InlineData("\u00e4")]
    public void What_is_no_single_range_is_ignored(string header)
    {
        Assert.Null(ByteRange.Of(header, 10, out var isSatisfiable));
        Assert.True(isSatisfiable);
    }

    /// <summary>The check values of the catalogue of CRCs (https://reveng.sourceforge.io/crc-catalogue/all.htm).</summary>
    [Theory]
    [InlineData("CRC32", "CBF43926")]
    [InlineData("CRC32C", "E3069283")]
    [InlineData("CRC64NVME", "AE8B14860A799888")]
    public void Checksums_of_the_check_text_are_those_of_the_catalogue(string algorithm, string expected)
    {
        foreach (var cut in new[] { 0, 1, 4, 8, 9 })
        {
            using var computation = new ChecksumComputation(algorithm);
            computation.Append(Encoding.ASCII.GetBytes("123456789"[..cut]));
            computation.Append(Encoding.ASCII.GetBytes("123456789"[cut..]));
            Assert.Equal(expected, Convert.ToHexString(Convert.FromBase64String(computation.Finish())));
        }
    }

    [Theory]
    [InlineData("a%20b+c", "a b+c")]
    [InlineData("%C3%BC/../x//", "\u00fc/../x//")]
    [InlineData("", "")]
    public void Keys_are_decoded_once(string path, string key) => Assert.Equal(key, BucketAddress.Decode(path));

    [Theory]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("%zz")]
    [InlineData("%FF")]
    [InlineData("%C3")]
    [InlineData("%ED%A0%80")]
    public void A_key_that_cannot_be_decoded_is_refused(string path) =>
        Assert.Equal("InvalidURI", Assert.Throws<AwsException>(() => BucketAddress.Decode(path)).Error.Code);

    [Theory]
    [InlineData("abc", true)]
    [InlineData("my.bucket-1", true)]
    [InlineData("ab", false)]
    [InlineData("Upper", false)]
    [InlineData("a_b", false)]
    [InlineData("-abc", false)]
    [InlineData("a..b", false)]
    [InlineData("192.168.5.4", false)]
    [InlineData("xn--abc", false)]
    [InlineData("abc\n", false)]
    public void Bucket_names_follow_the_rules(string name, bool isName) => Assert.Equal(isName, Bucket.IsName(name));

    [Theory]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"x"}]}""", true)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"s3:GetObject","Resource":"x"}}""", true)]
    [InlineData("""{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:*","Resource":"x"}]}""", true)]
    [InlineData("""{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"x"}]}""", false)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:GetObject","Resource":"x"}]}""", false)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"x","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}]}""", false)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"x","Condition":{"StringLike":{"aws:PrincipalAccount":"*"}}}]}""", true)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"x","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}}]}""", true)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"x","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}}]}""", true)]
    [InlineData("""{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"x","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:t"}}}]}""", false)]
    public void A_policy_is_public_when_nothing_fixed_limits_it(string policy, bool isPublic) => Assert.Equal(isPublic, PublicPolicy.IsPublic(policy));

    [Theory]
    [InlineData("a b", "a+b")]
    [InlineData("a@b", "a%40b")]
    [InlineData("x/\u00fc+1", "x/%C3%BC%2B1")]
    public void Events_encode_keys_as_forms_do(string key, string expected) => Assert.Equal(expected, ObjectEventJson.Encode(key));
}
