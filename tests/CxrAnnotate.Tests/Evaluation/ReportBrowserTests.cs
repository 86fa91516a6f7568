using System.Globalization;
using Deque.AxeCore.Commons;
using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace CxrAnnotate.Tests;

/// <summary>A headless Chromium, and a report that it opens from a file.</summary>
public sealed class ReportBrowser : IAsyncLifetime
{
    /// <summary>So many that most cards are not in the document.</summary>
    internal const int Cases = 2000;

    private static readonly string[] _places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly ScratchFolder _folder = new();

    internal IBrowser? Browser { get; private set; }

    internal string Address { get; private set; } = "";

    internal string Axe { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Array.Find(_places, File.Exists) is not { } program)
            return;
        string page = Path.Combine(_folder.Path, "report.html");
        SyntheticReport.Of(Cases).WriteHtml(page);
        Address = new Uri(page).AbsoluteUri;
        using StreamReader axe = new(
            typeof(AxeResult).Assembly.GetManifestResourceStream("Deque.AxeCore.Commons.Resources.axe.min.js")!
        );
        Axe = await axe.ReadToEndAsync();
        Browser = await Puppeteer.LaunchAsync(
            new LaunchOptions
            {
                ExecutablePath = program,
                Headless = true,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
                UserDataDir = Path.Combine(_folder.Path, "profile"),
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
            await Browser.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What a reader of the page does, in a browser.</summary>
public sealed class ReportBrowserTests(ReportBrowser browser) : IClassFixture<ReportBrowser>
{
    private readonly List<string> _wrong = [];

    [Theory]
    [InlineData(400, "light")]
    [InlineData(400, "dark")]
    [InlineData(1280, "light")]
    [InlineData(1280, "dark")]
    [InlineData(2560, "light")]
    [InlineData(2560, "dark")]
    public async Task The_page_and_an_open_case_are_accessible_and_not_wider_than_the_window(int width, string scheme)
    {
        IPage page = await Open(width, scheme);
        await page.EvaluateExpressionAsync(browser.Axe);
        await Accessible("the page");
        await page.EvaluateExpressionAsync("document.querySelectorAll('details').forEach(one => one.open = true)");
        Assert.Equal(width, await page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"));
        await page.ClickAsync("#list li a");
        await page.SelectAsync("#map", "0");
        await Accessible("an open case");
        Assert.True(await page.EvaluateExpressionAsync<bool>("viewer.scrollWidth <= viewer.clientWidth"));
        await End(page);

        async Task Accessible(string what)
        {
            string[] found = await page.EvaluateExpressionAsync<string[]>(
                """
                axe.run(document, { resultTypes: ["violations"] }).then(result => result.violations.map(rule =>
                  `${rule.id}: ${rule.help}: ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + " " + node.failureSummary).join("\n")}`))
                """
            );
            Assert.True(found.Length == 0, $"{what}, {width} px, {scheme}:\n{string.Join('\n', found)}");
        }
    }

    [Fact]
    public async Task Cases_are_searched_filtered_and_sorted()
    {
        IPage page = await Open();
        Assert.Equal("2,000 cases", await Told(page));
        await page.TypeAsync("#search", "opacity left");
        int found = await Shown(page);
        Assert.InRange(found, 100, 1000);
        Assert.True(await page.EvaluateExpressionAsync<bool>("[...list.children].every(one => /opacity/.test(one.textContent))"));
        await page.SelectAsync("#verdict", "2");
        Assert.InRange(await Shown(page), 1, found - 1);
        Assert.True(await page.EvaluateExpressionAsync<bool>("[...list.children].every(one => one.classList.contains('wrong'))"));
        await page.TypeAsync("#search", " nowhere");
        Assert.Equal("No case matches. Clear the filters to see all.", await Told(page));
        await page.ClickAsync(".reset");
        await page.WaitForFunctionAsync("() => document.getElementById('shown').textContent === '2,000 cases'");

        await page.SelectAsync("[data-group='0']", "AP");
        Assert.Equal(667, await Shown(page));
        await page.ClickAsync(".reset");
        await page.SelectAsync("#sort", "sure-wrong");
        Assert.True(await page.EvaluateExpressionAsync<bool>("[...list.children].every(one => !one.classList.contains('right'))"));
        await page.SelectAsync("#sort", "name");
        Assert.Equal("Image 1", await page.EvaluateExpressionAsync<string>("document.querySelector('#list .which').textContent"));
        await End(page);
    }

    [Fact]
    public async Task The_joint_space_is_zoomed_coloured_by_cluster_and_opens_its_cases()
    {
        IPage page = await Open();
        Task<string> Value(string of) =>
            page.EvaluateExpressionAsync<string>($"(() => {{ const s = document.querySelector('.space'); return {of}; }})()");
        const string box = "s.getAttribute('viewBox')",
            colour = "getComputedStyle(s.children[1]).fill";
        string all = await Value(box),
            byLabel = await Value(colour);
        await page.ClickAsync(".joint-space [data-do='closer']");
        Assert.NotEqual(all, await Value(box));
        Assert.Equal("4.00", await Value("Number(s.children[0].getAttribute('r')).toFixed(2)"));
        await page.ClickAsync(".joint-space [data-do='farther']");
        Assert.Equal(all, await Value(box));
        await page.EvaluateExpressionAsync("document.querySelector('.space').children[1].setAttribute('fill', '#000000')");
        Assert.NotEqual(byLabel, await Value(colour));
        await page.ClickAsync(".joint-space [data-do='colours']");
        Assert.Equal(byLabel, await Value(colour));
        await page.EvaluateExpressionAsync(
            "document.querySelector('.space').children[7].dispatchEvent(new MouseEvent('click', { bubbles: true }))"
        );
        Assert.Equal("Image 8", await page.EvaluateExpressionAsync<string>("document.getElementById('viewer-name').textContent"));
        await End(page);
    }

    [Fact]
    public async Task A_cell_of_the_confusion_matrix_leads_to_its_cases()
    {
        IPage page = await Open();
        int counted = await page.EvaluateExpressionAsync<int>(
            "(() => { const cell = document.querySelector('.confusion .miss a'); cell.click(); return Number(cell.textContent); })()"
        );
        Assert.Equal(counted, await Shown(page));
        await End(page);
    }

    [Fact]
    public async Task Of_thousands_of_cases_only_those_near_the_window_are_in_the_document()
    {
        IPage page = await Open();
        Assert.InRange(await page.EvaluateExpressionAsync<int>("list.children.length"), 1, 120);
        await page.EvaluateExpressionAsync("window.scrollTo(0, list.getBoundingClientRect().bottom + window.scrollY - window.innerHeight)");
        await page.WaitForFunctionAsync("() => list.textContent.includes('Image 2000')");
        Assert.InRange(await page.EvaluateExpressionAsync<int>("list.children.length"), 1, 120);
        Assert.Equal("2000", await page.EvaluateExpressionAsync<string>("list.lastElementChild.getAttribute('aria-posinset')"));
        await End(page);
    }

    [Fact]
    public async Task A_case_is_opened_its_maps_are_switched_and_the_keyboard_leads_on()
    {
        IPage page = await Open();
        await page.FocusAsync("#list li a");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.EvaluateExpressionAsync<bool>("viewer.open"));
        Assert.Equal("Image 2", await Name(page));
        Assert.Equal("#case-1", await page.EvaluateExpressionAsync<string>("location.hash"));
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('viewer-map').hidden"));

        string[] maps = await page.EvaluateExpressionAsync<string[]>("[...document.getElementById('map').options].map(one => one.text)");
        Assert.Equal(("none", 3), (maps[0], maps.Length));
        await page.SelectAsync("#map", "0");
        string first = await Painted(page);
        await page.SelectAsync("#map", "1");
        string second = await Painted(page);
        Assert.NotEqual(first, second);
        // Whoever looks at maps sees one at the next case, too.
        await page.FocusAsync("#next");
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("Image 3", await Name(page));
        Assert.NotEqual("", await Painted(page));
        await page.SelectAsync("#map", "-1");
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('viewer-map').hidden"));
        await page.ClickAsync("#invert");
        string filter = await page.EvaluateExpressionAsync<string>("document.getElementById('viewer-image').style.filter");
        Assert.Contains("invert", filter, StringComparison.Ordinal);

        // The focus stays in the dialog, and comes back to the card of the case that was looked at last.
        for (int i = 0; i < 20; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            Assert.True(
                await page.EvaluateExpressionAsync<bool>("document.activeElement === document.body || viewer.contains(document.activeElement)")
            );
        }
        await page.Keyboard.PressAsync("Escape");
        await page.WaitForFunctionAsync("() => !viewer.open");
        Assert.Equal("#case-2", await page.EvaluateExpressionAsync<string>("document.activeElement.getAttribute('href')"));
        Assert.Equal("", await page.EvaluateExpressionAsync<string>("location.hash"));
        await page.Keyboard.PressAsync("End");
        Assert.Equal("#case-1999", await page.EvaluateExpressionAsync<string>("document.activeElement.getAttribute('href')"));
        await End(page);
    }

    [Fact]
    public async Task The_address_of_a_case_opens_it()
    {
        IPage page = await Open(hash: "#case-1234");
        await page.WaitForFunctionAsync("() => viewer.open");
        Assert.Equal("Image 1235", await Name(page));
        await End(page);
    }

    [Fact]
    public async Task The_theme_can_be_chosen()
    {
        IPage page = await Open(scheme: "light");
        async Task<string> Paper() => await page.EvaluateExpressionAsync<string>("getComputedStyle(document.body).backgroundColor");
        string light = await Paper();
        await page.SelectAsync("#theme", "dark");
        Assert.NotEqual(light, await Paper());
        await page.SelectAsync("#theme", "");
        Assert.Equal(light, await Paper());
        await End(page);
    }

    [Fact]
    public async Task Without_script_and_on_paper_figures_and_the_first_cases_are_there()
    {
        IPage page = await Open(script: false);
        Assert.True(await page.EvaluateExpressionAsync<bool>("true"));
        byte[] bare = await page.PdfDataAsync(new PdfOptions { PreferCSSPageSize = true });
        Assert.True(bare.Length > 50_000);
        await End(page);

        page = await Open();
        await page.SelectAsync("#verdict", "0");
        await page.EvaluateExpressionAsync("window.dispatchEvent(new Event('beforeprint'))");
        await page.EmulateMediaTypeAsync(MediaType.Print);
        Assert.Equal(24, await page.EvaluateExpressionAsync<int>("document.querySelectorAll('.cards.static .card.right').length"));
        Assert.Equal(
            "none none grid",
            await page.EvaluateExpressionAsync<string>(
                "['#list', '.tools', '.cards.static'].map(one => getComputedStyle(document.querySelector(one)).display).join(' ')"
            )
        );
        await End(page);
    }

    private async Task<IPage> Open(int width = 1280, string scheme = "light", string hash = "", bool script = true)
    {
        Assert.SkipUnless(browser.Browser is not null, "There is no Chromium (Debian: apt-get install chromium).");
        IPage page = await browser.Browser.NewPageAsync();
        page.DefaultTimeout = 20_000;
        page.Console += (_, told) => _wrong.Add($"console: {told.Message.Text}");
        page.PageError += (_, failed) => _wrong.Add($"error: {failed.Message}");
        page.Request += (_, asked) =>
        {
            if (!asked.Request.Url.StartsWith("data:", StringComparison.Ordinal) && asked.Request.Url.Split('#')[0] != browser.Address)
                _wrong.Add($"request: {asked.Request.Url}");
        };
        await page.SetJavaScriptEnabledAsync(script);
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 900 });
        await page.EmulateMediaFeaturesAsync([
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme },
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
        ]);
        await page.GoToAsync(browser.Address + hash);
        return page;
    }

    private async Task End(IPage page)
    {
        await page.CloseAsync();
        Assert.Empty(_wrong);
    }

    private static Task<string> Told(IPage page) => page.EvaluateExpressionAsync<string>("document.getElementById('shown').textContent");

    private static async Task<int> Shown(IPage page) =>
        int.Parse((await Told(page)).Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static Task<string> Name(IPage page) => page.EvaluateExpressionAsync<string>("document.getElementById('viewer-name').textContent");

    /// <summary>The pixels of the map; empty if it is not shown.</summary>
    private static Task<string> Painted(IPage page) =>
        page.EvaluateExpressionAsync<string>(
            "(() => { const map = document.getElementById('viewer-map'); return map.hidden ? '' : map.toDataURL(); })()"
        );
}
