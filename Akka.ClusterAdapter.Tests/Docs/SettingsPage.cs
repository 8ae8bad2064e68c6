using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using Akka.ClusterAdapter.Server;
using Akka.Hosting;

namespace Akka.ClusterAdapter.Tests.Docs;

/// <summary>docs/settings.md, made of the options' types, of their doc comments and of HOCON/reference.conf.</summary>
internal static class SettingsPage
{
    private static readonly DocComments Comments = DocComments.Of(typeof(SocketIOServer).Assembly);

    /// <summary>The page as it should be.</summary>
    public static string Text()
    {
        var page = new StringBuilder(("""
            # Limits and settings

            This page is generated from the code: `make settings` writes it anew, and a test compares.
            """ + " Each row has the first sentence of the setting's comment. The rest is in the API reference." + """


            All settings can be written in code. Those of a server can also be written in the application's configuration, in the section `SocketIO`;
            """ + " those of a gateway in the section `SocketIOGateway`:" + """


            ```json
            { "SocketIO": { "MaxPayload": 2000000, "PingInterval": "00:00:25" } }
            ```

            A value out of its range, and a name that is no setting, stops the application at its start, with a sentence that names it.
            What is changed after the start has no effect.


            """).ReplaceLineEndings("\n"));
        Options(
            page, "Server", "`builder.Services.AddSocketIO(options => …)`. Everything that concerns namespaces, sockets and events.",
            new SocketIOOptions(), typeof(SocketIOOptions));
        Options(page, "Connections", "The same options: these settings are about connections and transports.", new SocketIOOptions(), typeof(EngineOptions));
        Options(
            page, "The cookie", "`options.Cookie = new EngineCookie(…)`. No cookie is set unless you ask for one.",
            new EngineCookie { Name = "io" }, typeof(EngineCookie));
        Options(
            page, "Connection state recovery", "`builder.Services.AddSocketIO().AddConnectionStateRecovery(…)`. It is off unless you ask for it.",
            new SessionStoreOptions(), typeof(SessionStoreOptions));
        Options(
            page, "Cluster", "`akka.WithSocketIOClusterAdapter(options => …)`. A null leaves the decision to [HOCON](#hocon).",
            new SocketIOClusterAdapterOptions(), typeof(SocketIOClusterAdapterOptions));
        Options(
            page, "Primary", "`builder.AddSocketIOWorkers(options => …)`: a process that runs several workers on one machine.",
            new PrimaryOptions(), typeof(PrimaryOptions));
        Options(page, "Gateway", "`builder.Services.AddSocketIOGateway(options => …)`.", new SocketIOGatewayOptions(), typeof(SocketIOGatewayOptions));
        Options(
            page, "Admin page", "`builder.Services.AddSocketIOAdmin(options => …)`, or the section `SocketIOAdmin`: [the admin page](admin.md).",
            new SocketIOAdminOptions(), typeof(SocketIOAdminOptions));
        page.Append("## HOCON\n\nKeys below `akka.cluster-adapter`. The comments are those of [`HOCON/reference.conf`](../HOCON/reference.conf). "
            + "Write only what you want different.\n\n| key | default | |\n|---|---|---|\n");
        foreach (var key in HoconKey.ReadAll())
            page.Append(CultureInfo.InvariantCulture, $"| `{key.Path}` | `{key.Default}` | {Cell(key.Comment)} |\n");
        return page.ToString();
    }

    private static void Options(StringBuilder page, string title, string text, object defaults, Type type)
    {
        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{text}\n\n| setting | type | default | range | |\n|---|---|---|---|---|\n");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.CanWrite))
            page.Append(CultureInfo.InvariantCulture, $"| `{property.Name}` | `{TypeName(property)}` | {Default(property, defaults)} | {Range(property)} "
                + $"| {Cell(Comments.FirstSentence(property))} |\n");
        page.Append('\n');
    }

    private static string Default(PropertyInfo property, object defaults)
    {
        // Depends on the machine: what the comment says of it is enough.
        if (property.Name == nameof(PrimaryOptions.Workers))
            return "one per core, at least 2";
        var value = property.GetValue(defaults);
        return value switch
        {
            TextWriter => "the console",
            null => "null",
            0 when Comments.Summary(property).Contains("0: no limit", StringComparison.Ordinal) => "`0`: no limit",
            _ => $"`{Value(value)}`",
        };
    }

    private static string Value(object value) => value switch
    {
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        TimeSpan time => Time(time),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        IEnumerable and not System.Net.IPAddress => string.Join(", ", ((IEnumerable)value).Cast<object>()),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string Range(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return "";
        if (range.OperandType == typeof(TimeSpan))
            return $"{Time(TimeSpan.Parse((string)range.Minimum, CultureInfo.InvariantCulture))} "
                + $"to {Time(TimeSpan.Parse((string)range.Maximum, CultureInfo.InvariantCulture))}";
        var least = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
        var most = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        return most >= int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"from {least:N0}")
            : string.Create(CultureInfo.InvariantCulture, $"{least:N0} to {most:N0}");
    }

    private static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } when time.Ticks % TimeSpan.TicksPerDay == 0 => Unit(time.TotalDays, "day"),
        { TotalHours: >= 1 } when time.Ticks % TimeSpan.TicksPerHour == 0 => Unit(time.TotalHours, "hour"),
        { TotalMinutes: >= 1 } when time.Ticks % TimeSpan.TicksPerMinute == 0 => Unit(time.TotalMinutes, "minute"),
        _ when time.Ticks % TimeSpan.TicksPerSecond == 0 => $"{(long)time.TotalSeconds} s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds} ms"),
    };

    private static string Unit(double count, string name) => string.Create(CultureInfo.InvariantCulture, $"{count} {name}{(count == 1 ? "" : "s")}");

    private static string TypeName(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var isNullable = type != property.PropertyType || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        return Plain(type) + (isNullable ? "?" : "");
    }

    private static string Plain(Type type) => type switch
    {
        { IsArray: true } => Plain(type.GetElementType()!) + "[]",
        { IsGenericType: true } =>
            $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}"
            + $"<{string.Join(", ", type.GetGenericArguments().Select(argument => Plain(Nullable.GetUnderlyingType(argument) ?? argument)))}>",
        _ when type == typeof(string) => "string",
        _ when type == typeof(bool) => "bool",
        _ when type == typeof(int) => "int",
        _ when type == typeof(long) => "long",
        _ => type.Name,
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
