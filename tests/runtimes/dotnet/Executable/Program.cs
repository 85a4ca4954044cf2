using var http = new HttpClient { BaseAddress = new Uri($"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/") };
while (true)
{
    using var next = await http.GetAsync("invocation/next");
    var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
    var body = await next.Content.ReadAsByteArrayAsync();
    using var answer = await http.PostAsync($"invocation/{id}/response", new ByteArrayContent(body));
}
