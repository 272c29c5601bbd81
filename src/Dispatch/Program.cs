using FieldCrm.Dispatch;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Shell;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
await PageInterop.LoadAsync();
var server = new Uri(new Uri(builder.HostEnvironment.BaseAddress), "/");
builder.Services.AddSingleton(new ConsoleApi(new HttpClient { BaseAddress = server }) { Tenant = PageInterop.Kept(Desk.TenantName) });
builder.Services.AddSingleton(new Preferences(PageInterop.Stored, PageInterop.Store, PageInterop.Locale()));
builder.Services.AddSingleton<Desk>();
await builder.Build().RunAsync();
