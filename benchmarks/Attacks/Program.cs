using Attacks.Table;
using Attacks.Victims;

// Attacks victim …            a server to be attacked; started by the others
// Attacks table [NAME…]       each attack once against a fresh server: bytes in, CPU, memory, log, and what an honest client noticed
// Attacks soak [MINUTES]      all that ends or ghosts workers at once, beside 200 well-behaved clients, on two workers and the edge
switch (args)
{
    case ["victim", .. var options]:
        await VictimProgram.RunAsync(options);
        return 0;
    case ["table", .. var names]:
        return await TableProgram.RunAsync(names);
    case ["soak", .. var rest]:
        return await Attacks.Soak.SoakProgram.RunAsync(
            rest is [var minutes, ..] ? double.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture) : 10);
    default:
        Console.Error.WriteLine("Attacks victim … | table [NAME…] | soak [MINUTES]");
        return 2;
}
