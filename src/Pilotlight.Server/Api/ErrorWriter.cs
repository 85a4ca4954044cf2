using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;

namespace Pilotlight.Api;

/// <summary>The only place that knows what an AWS error looks like on the wire, per protocol.</summary>
public static class ErrorWriter
{
    /// <summary>Exceptions whose model spells the member <c>Message</c> (spec/api.md 1).</summary>
    static readonly FrozenSet<string> CapitalMessage = new[]
    {
        "ResourceNotFoundException", "CodeSigningConfigNotFoundException", "ServiceException", "ResourceInUseException",
        "EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException", "EFSMountFailureException",
        "EFSMountConnectivityException", "EFSMountTimeoutException", "EFSIOException", "S3FilesMountFailureException",
        "S3FilesMountConnectivityException", "S3FilesMountTimeoutException", "KMSAccessDeniedException", "KMSDisabledException",
        "KMSInvalidStateException", "KMSNotFoundException", "ENILimitReachedException", "InvalidRuntimeException",
        "InvalidZipFileException", "InvalidSubnetIDException", "InvalidSecurityGroupIDException", "RecursiveInvocationException",
        "SnapStartException", "SnapStartNotReadyException", "SnapStartTimeoutException", "InvalidCodeSignatureException",
        "CodeVerificationFailedException", "NoPublishedVersionException", "DurableExecutionAlreadyStartedException",
        "CallbackTimeoutException", "SubnetIPAddressLimitReachedException", "AccessDeniedException", "SerializationException",
    }.ToFrozenSet();

    /// <summary>Errors of the framework in front of the service: a message and no <c>Type</c>.</summary>
    static readonly FrozenSet<string> Untyped = new[]
    {
        "ValidationException", "AccessDeniedException", "RequestEntityTooLargeException", "UnrecognizedClientException",
        "InvalidSignatureException", "MissingAuthenticationTokenException", "IncompleteSignatureException", "ExpiredTokenException",
        "SerializationException", "ThrottlingException", "UnknownOperationException", "InvalidClientTokenId", "BadRequestException",
    }.ToFrozenSet();

    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext http, AwsService service, AwsError error)
    {
        http.AwsRequest?.Refusal = error;
        var response = http.Response;
        response.StatusCode = error.Status;
        if (error.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString();
        ReadOnlyMemory<byte> body;
        if (service.Protocol == AwsProtocol.RestXml)
        {
            body = RestXml(error, http);
            response.ContentType = "application/xml";
        }
        else if (service.Protocol == AwsProtocol.Query)
        {
            body = Xml(service, error, http.TraceIdentifier);
            response.ContentType = "text/xml";
        }
        else
        {
            response.Headers["x-amzn-ErrorType"] = error.Code;
            if (service.ErrorNamespace is not null)
                response.Headers["x-amzn-query-error"] = $"{QueryCodeOf(error)};{(error.Status >= 500 ? "Receiver" : "Sender")}";
            body = service.Protocol == AwsProtocol.RestJson ? RestJson(error) : JsonRpc(service, error);
            response.ContentType = OperationEndpoint.ContentType(service.Protocol);
            if (http.AwsRequest is { SpeaksCbor: true } request)
                (body, response.ContentType) = request.Encode(body);
        }

        if (error.Status == StatusCodes.Status304NotModified)
        {
            response.ContentType = null;
            return;
        }

        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await response.Body.WriteAsync(body, http.RequestAborted);
    }

    static byte[] RestJson(AwsError error)
    {
        if (error.Code == "UnknownOperationException")
            return "{}"u8.ToArray();
        var typed = !error.OmitType && !Untyped.Contains(error.Code);
        var capital = CapitalMessage.Contains(error.Code);
        return Json(writer =>
        {
            if (capital)
                WriteMessage(writer, "Message", error);
            if (error.Reason is { } reason)
                writer.WriteString("Reason", reason);
            if (typed)
                writer.WriteString("Type", error.Status >= 500 ? "Server" : "User");
            if (!capital)
                WriteMessage(writer, "message", error);
        });
    }

    /// <summary>What clients of the query protocol knew the error as; those of the front door differ in more than the ending.</summary>
    static string QueryCodeOf(AwsError error) => error.QueryCode ?? error.Code switch
    {
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        var code => code.EndsWith("Exception", StringComparison.Ordinal) ? code[..^"Exception".Length] : code,
    };

    static byte[] JsonRpc(AwsService service, AwsError error) => Json(writer =>
    {
        writer.WriteString("__type", service.ErrorNamespace is { } space && error.QueryCode is not null ? $"{space}#{error.Code}" : error.Code);
        if (error.Message.Length > 0)
            writer.WriteString("message", error.Message);
    });

    static void WriteMessage(Utf8JsonWriter writer, string key, AwsError error)
    {
        if (error.NullMessage)
            writer.WriteNull(key);
        else
            writer.WriteString(key, error.Message);
    }

    static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>S3's own form.</summary>
    static byte[] RestXml(AwsError error, HttpContext http)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false, NewLineHandling = NewLineHandling.Entitize };
        using (var xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteStartElement("Error");
            xml.WriteElementString("Code", error.Code);
            xml.WriteElementString("Message", error.Message);
            foreach (var (name, value) in error.Members)
                xml.WriteElementString(name, value);
            xml.WriteElementString("RequestId", http.TraceIdentifier);
            xml.WriteElementString("HostId", http.Response.Headers["x-amz-id-2"].ToString());
            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    static byte[] Xml(AwsService service, AwsError error, string requestId)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true, CheckCharacters = false };
        using (var xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteStartElement("ErrorResponse", service.XmlNamespace ?? "");
            xml.WriteStartElement("Error");
            xml.WriteElementString("Type", error.Status >= 500 ? "Receiver" : "Sender");
            xml.WriteElementString("Code", error.QueryCode ?? error.Code);
            xml.WriteElementString("Message", error.Message);
            xml.WriteEndElement();
            xml.WriteElementString("RequestId", requestId);
            xml.WriteEndElement();
        }

        return stream.ToArray();
    }
}
