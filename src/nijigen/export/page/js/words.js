// What the page says, in English, 中文 and 日本語. Words of attributes come with the model (site.json).

export const LANGUAGES = { en: "English", zh: "中文", ja: "日本語" };

const TEXTS = {
  skip: ["Skip to the avatars", "跳到头像", "アバターへ移動"],
  language: ["Language", "语言", "言語"],
  theme: ["Theme: {0}", "外观：{0}", "表示：{0}"],
  auto: ["as the system", "跟随系统", "システムに合わせる"],
  light: ["light", "浅色", "ライト"],
  dark: ["dark", "深色", "ダーク"],
  attributes: ["Attributes", "属性", "特徴"],
  chosen: ["{0} chosen", "已选 {0} 项", "{0} 件選択中"],
  clear: ["Anything goes", "全部随机", "すべておまかせ"],
  any: ["any", "随机", "おまかせ"],
  unsaid: ["not said", "未指定", "指定なし"],
  seed: ["Seed", "种子", "シード"],
  seedHelp: [
    "A number or any word. The same seed and attributes give the same avatars, here and in nijigen.",
    "数字或任意文字。相同的种子和属性总会得到相同的头像，在本页和 nijigen 里都一样。",
    "数字でも言葉でも。同じシードと特徴なら、ここでも nijigen でも同じアバターになります。",
  ],
  badSeed: ["A seed is 0 or more, or any word.", "种子须为 0 以上的数字或任意文字。", "シードは 0 以上の数字か、好きな言葉です。"],
  lock: ["Keep this seed", "锁定种子", "シードを固定"],
  count: ["How many", "数量", "枚数"],
  variety: ["Variety", "多样性", "多様さ"],
  roll: ["New avatars", "换一批", "新しく作る"],
  again: ["Make avatars", "生成头像", "作る"],
  gallery: ["Avatars", "头像", "アバター"],
  loading: ["Fetching the painter… {0} %", "正在载入画师…… {0} %", "絵師を読み込み中… {0} %"],
  waking: ["The painter is getting ready…", "画师正在准备……", "絵師が準備しています…"],
  making: ["{0} of {1} avatars", "头像 {0} / {1}", "アバター {0} / {1}"],
  made: ["{0} avatars. Choose one to look closer, change it or mix it.", "{0} 个头像。点选一个可以放大、修改或混合。",
    "{0} 人のアバター。選ぶと拡大・変更・ミックスできます。"],
  failed: ["That did not work: {0}", "出错了：{0}", "うまくいきませんでした：{0}"],
  avatar: ["Avatar, seed {0}: {1}", "头像，种子 {0}：{1}", "アバター、シード {0}：{1}"],
  detail: ["This avatar", "这个头像", "このアバター"],
  close: ["Close", "关闭", "閉じる"],
  download: ["Download PNG", "下载 PNG", "PNG を保存"],
  downloadHelp: [
    "{0} × {0} pixels, with its birth certificate inside: nijigen recreate makes it again.",
    "{0} × {0} 像素，文件内含出生证明：可用 nijigen recreate 重新生成。",
    "{0} × {0} ピクセル。出生証明書つき：nijigen recreate で作り直せます。",
  ],
  mix: ["Mix with another", "与另一个混合", "ほかのアバターと混ぜる"],
  share: ["Share of the other", "对方的比例", "相手の割合"],
  layers: ["What is mixed", "混合的部分", "混ぜる部分"],
  all: ["everything", "全部", "すべて"],
  coarse: ["shape", "形状", "かたち"],
  fine: ["colour and detail", "颜色与细节", "色と細部"],
  partner: ["Mix with the avatar of seed {0}", "与种子 {0} 的头像混合", "シード {0} のアバターと混ぜる"],
  change: ["Change it", "修改", "変える"],
  reset: ["As it was", "还原", "元に戻す"],
  private: [
    "Everything is made on this device. Nothing is sent anywhere.",
    "一切都在本机生成，不会上传任何内容。",
    "すべてこの端末の中で作られ、どこにも送信されません。",
  ],
  about: [
    "Model {0} · {1} px · licence {2} · onnxruntime-web {3} ({4}, threads: {5})",
    "模型 {0} · {1} 像素 · 许可 {2} · onnxruntime-web {3}（{4}，线程：{5}）",
    "モデル {0} · {1} px · ライセンス {2} · onnxruntime-web {3}（{4}、スレッド：{5}）",
  ],
  unknown: ["not stated", "未注明", "記載なし"],
};

const ORDER = Object.keys(LANGUAGES);
let language = "en";

/** The language in use: chosen before, or the browser's. */
export function startLanguage() {
  const wishes = [remembered("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  language = wishes.find((tag) => tag in LANGUAGES) ?? "en";
  return language;
}

export function setLanguage(tag) {
  language = tag;
  remember("language", tag);
}

export const currentLanguage = () => language;

/** A text of the page, `{0}` and so on filled in. */
export function text(key, ...values) {
  return TEXTS[key][ORDER.indexOf(language)].replace(/\{(\d)\}/g, (_, place) => values[place]);
}

/** The word of an attribute, or of one of its values. */
export function wordOf(site, attribute, value) {
  const entry = site.words[attribute];
  const words = value === undefined ? entry : entry.values[value];
  const word = words?.[language] ?? String(value ?? attribute).replaceAll("_", " ");
  return language === "en" && value === undefined ? word[0].toUpperCase() + word.slice(1) : word;
}

/** Fills in every text of the page: `data-t` is what an element says, `data-t-label` what it is called. */
export function translatePage(values = {}) {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = text(element.dataset.t, ...(values[element.dataset.t] ?? []));
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    const label = text(element.dataset.tLabel, ...(values[element.dataset.tLabel] ?? []));
    element.setAttribute("aria-label", label);
    if (element.matches("button")) element.title = label;
  }
}

/** What was chosen on an earlier visit; browsers may forbid to keep it. */
export function remembered(key) {
  try {
    return localStorage.getItem(`nijigen-${key}`);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`nijigen-${key}`, value);
  } catch {
    // The page works without; it only asks again.
  }
}
