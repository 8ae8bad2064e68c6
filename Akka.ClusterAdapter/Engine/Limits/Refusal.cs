using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

using Microsoft.AspNetCore.Http;

namespace Akka.ClusterAdapter.Engine.Limits;

/// <summary>Answers to requests that are not admitted. Headers set before, CORS above all, stay: without them a browser could not read the answer.</summary>
internal static class Refusal
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // {"code":1,"message":"Session ID unknown"}
    public static async Task OfRequestAsync(HttpContext context, EngineError error)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, Relaxed))
        {
            json.WriteStartObject();
            json.WriteNumber("code"u8, error.Code);
            json.WriteString("message"u8, error.Answer);
            json.WriteEndObject();
        }

        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "application/json";
        await WriteAsync(context, body.ToArray()).ConfigureAwait(false);
    }

    /// <summary>Plain text and 400 for every code, as the original; 403 for a foreign origin, which the original lets pass.</summary>
    public static async Task OfUpgradeAsync(HttpContext context, EngineError error)
    {
        context.Response.StatusCode = error.IsForeignOrigin ? StatusCodes.Status403Forbidden : StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/html";
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        await WriteAsync(context, Encoding.UTF8.GetBytes(error.Answer)).ConfigureAwait(false);
    }

    private static async Task WriteAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body).ConfigureAwait(false);
    }
}
